// A program against the types of a database's own document, with its requirements and custom fields: it is compiled, and run against the service.
import createClient from "openapi-fetch";
import type { components, paths } from "./ruled.d.ts";

declare const process: { argv: string[] };

const [, , baseUrl, database, accessToken] = process.argv;
const crm = createClient<paths>({ baseUrl, headers: { authorization: `Bearer ${accessToken}`, "x-database": database } });
const contact: components["schemas"]["ContactInput"] = {
  clientRef: "29", contactRef: "TS1", salutation: "Ms", forename: "Ann", surname: "Typed", contact1: "1", contact1Type: 1, preferredContact: 1,
  address1: "1", address2: "2", postCode: "EX4 9HL", notes: "kept", colour: "red", score: 12.5, born: "1980-02-29", vip: true, level: 7,
};
const upserted = await crm.POST("/rest/contact/contact", { body: contact });
const patched = await crm.PATCH("/api/v1/clients/{clientRef}/contacts/{contactRef}", {
  params: { path: { clientRef: "29", contactRef: "TS1" } },
  body: { score: null, level: 8 },
});
const page = await crm.GET("/api/v1/contacts", { params: { query: { $filter: "colour eq 'red' and level gt 7", size: 5 } } });
const failure = upserted.error ?? patched.error ?? page.error;
const first = page.data?.items[0];
const colour: string | null | undefined = first?.colour;
const level: number | null | undefined = first?.level;
console.log(failure ? failure.result_msg : `${first?.surname} ${colour} ${first?.score} ${first?.born} ${first?.vip} ${level}`);
