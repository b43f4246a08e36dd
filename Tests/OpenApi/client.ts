// A program against the generated types: it compiles only if they are what its author would expect.
import createClient from "openapi-fetch";
import type { components, paths } from "./v1.d.ts";

type Failure = components["schemas"]["Failure"];

export async function run(baseUrl: string): Promise<string> {
  const anonymous = createClient<paths>({ baseUrl });
  const login = await anonymous.POST("/api/v1/auth/login", {
    params: { header: { "x-database": "cv_demodb" } },
    body: { op_id: "OWN", op_password: "own" },
  });
  if (login.error) return describe(login.error);

  const crm = createClient<paths>({ baseUrl, headers: { authorization: `Bearer ${login.data.result.access_token}` } });
  const contact: components["schemas"]["ContactInput"] = {
    clientRef: "29", contactRef: "TS1", salutation: "Ms", forename: "Ann", surname: "Test", contact1: "1", contact1Type: 1, preferredContact: 1,
    address1: "1", address2: "2", postCode: "EX4 9HL", locations: [{ locationRef: "10174", isPreferred: false, startDate: "2026-01-31" }],
  };
  const upserted = await crm.POST("/rest/contact/contact", { params: { query: { dryRun: true, locations: "merge" } }, body: contact });
  if (upserted.error) return describe(upserted.error);
  await crm.PATCH("/api/v1/clients/{clientRef}/contacts/{contactRef}", {
    params: { path: { clientRef: "29", contactRef: "TS1" }, header: { "If-Match": "*" } },
    body: { notes: null },
  });

  const page = await crm.GET("/api/v1/contacts", { params: { query: { $filter: "surname eq 'Test'", size: 5, desc: true } } });
  const parties = await crm.GET("/api/parties");
  if (page.error || parties.error) return describe(page.error ?? parties.error!);
  const first: { id: number; preferredContact: number } = parties.data.items[0];
  return `${upserted.data.outcome satisfies "created" | "updated" | "unchanged" | undefined} ${page.data.items[0].surname} ${first.id}`;
}

function describe(failure: Failure): string {
  const code: components["schemas"]["ErrorCode"] = failure.code;
  return code === "too_many_logins" ? "wait" : failure.problems.map(problem => `${problem.field} ${problem.level}`).join();
}
