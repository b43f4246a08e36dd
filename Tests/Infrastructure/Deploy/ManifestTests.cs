using System.Text.RegularExpressions;
using System.Xml.Linq;
using CrmImport.Tests.Running;
using Microsoft.Extensions.Configuration;
using YamlDotNet.RepresentationModel;

namespace CrmImport.Tests.Infrastructure.Deploy;

/// <summary>The files one deploys with fit each other and the service: no cluster is here to find out.</summary>
public sealed partial class ManifestTests
{
    private const string Folder = "Infrastructure/Deploy";

    private static readonly YamlMappingNode Compose = Documents("compose.yaml").Single();

    private static readonly YamlMappingNode[] Manifests =
        [.. Directory.GetFiles(Path.Combine(ServiceProcess.Root, Folder, "kubernetes"), "*.yaml").Order().SelectMany(file => Documents($"kubernetes/{Path.GetFileName(file)}"))];

    private static string Version => XDocument.Load(Path.Combine(ServiceProcess.Root, "CrmImport.csproj")).Descendants("Version").Single().Value;

    [Test]
    public void Everything_is_there_once()
    {
        var objects = Manifests.Select(manifest => $"{manifest.Text("apiVersion")} {manifest.Text("kind")} {manifest.At("metadata").Text("name")}").ToArray();

        Assert.That(objects, Is.EquivalentTo(new[]
        {
            "v1 ConfigMap crmimport", "v1 Secret crmimport-databases", "apps/v1 Deployment crmimport", "v1 Service crmimport", "policy/v1 PodDisruptionBudget crmimport",
            "networking.k8s.io/v1 NetworkPolicy crmimport", "batch/v1 Job crmimport-migrate", "monitoring.coreos.com/v1 ServiceMonitor crmimport",
        }));
    }

    [Test]
    public void Every_setting_is_one_the_service_knows()
    {
        var known = new ConfigurationBuilder().AddJsonFile(Path.Combine(ServiceProcess.Root, "appsettings.json")).Build().AsEnumerable()
            .Select(setting => setting.Key.Replace(":", "__", StringComparison.Ordinal)).Append("ASPNETCORE_HTTP_PORTS").ToHashSet(StringComparer.Ordinal);
        var set = Kind("ConfigMap").At("data").Keys().Concat(Service("crmimport").At("environment").Keys()).ToArray();

        Assert.That(set, Is.Not.Empty);
        Assert.That(set.Where(name => !known.Contains(Ending().Replace(name, "")) && !DatabaseFile().IsMatch(name)), Is.Empty);
    }

    [Test]
    public void Every_secret_that_a_setting_names_is_mounted_where_it_says()
    {
        foreach (var pod in Pods())
        {
            var mounts = Container(pod).List("volumeMounts").ToDictionary(mount => mount.Text("mountPath"), mount => mount.Text("name"));
            var volumes = pod.List("volumes").ToDictionary(volume => volume.Text("name"), volume => volume.At("secret").Text("secretName"));
            foreach (var file in Kind("ConfigMap").At("data").Entries().Where(entry => entry.Key.EndsWith("__File", StringComparison.Ordinal)).Select(entry => entry.Value))
            {
                var secret = Manifests.Single(manifest => manifest.Text("kind") == "Secret" && manifest.At("metadata").Text("name") == volumes[mounts[Path.GetDirectoryName(file)!]]);
                Assert.That(secret.At("stringData").Keys(), Does.Contain(Path.GetFileName(file)));
            }
        }

        foreach (var service in new[] { Service("crmimport"), Service("postgres") })
        {
            var files = service.At("environment").Entries().Where(entry => entry.Key.EndsWith("_File", StringComparison.OrdinalIgnoreCase)).Select(entry => entry.Value);
            Assert.That(files, Is.EquivalentTo(service.Texts("secrets").Select(secret => $"/run/secrets/{secret}")));
            Assert.That(service.Texts("secrets"), Is.SubsetOf(Compose.At("secrets").Keys()));
        }
    }

    [Test]
    public void Probes_ask_routes_that_are_open_at_the_port_the_service_listens_on()
    {
        var container = Container(Pod("Deployment"));
        var open = RouteTable.All.Where(route => route is { Method: "GET", Access.IsOpen: true }).Select(route => route.Pattern).ToArray();
        var (port, metrics) = (container.List("ports").First(), container.List("ports").Last());
        using (Assert.EnterMultipleScope())
        {
            foreach (var probe in new[] { "startupProbe", "readinessProbe", "livenessProbe" })
            {
                Assert.That(open, Does.Contain(container.At(probe).At("httpGet").Text("path")), probe);
                Assert.That(container.At(probe).At("httpGet").Text("port"), Is.EqualTo(port.Text("name")), probe);
            }

            Assert.That(container.At("livenessProbe").At("httpGet").Text("path"), Is.EqualTo("/health/live"), "asks for no database");
            Assert.That(port.Text("containerPort"), Is.EqualTo(Kind("ConfigMap").At("data").Text("ASPNETCORE_HTTP_PORTS")));
            Assert.That(Kind("Service").At("spec").List("ports").Select(served => served.Text("targetPort")), Is.EqualTo(new[] { port.Text("name"), metrics.Text("name") }));
            Assert.That(Kind("ServiceMonitor").At("spec").List("endpoints").Single().Text("port"), Is.EqualTo(Kind("Service").At("spec").List("ports").Last().Text("name")));
            Assert.That(Kind("NetworkPolicy").At("spec").List("ingress").Single().List("ports").Select(open => open.Text("port")), Is.EqualTo(new[] { port.Text("containerPort"), metrics.Text("containerPort") }));
            Assert.That(Kind("ConfigMap").At("data").Text("Telemetry__MetricsPort"), Is.EqualTo(metrics.Text("containerPort")));
            Assert.That(Service("crmimport").Texts("ports").Single(), Does.EndWith($":{Service("crmimport").At("environment").Text("ASPNETCORE_HTTP_PORTS")}"));
        }
    }

    [Test]
    public void Every_image_of_the_service_is_of_its_version()
    {
        var images = Pods().Select(pod => Container(pod).Text("image")).Append(Service("crmimport").Text("image"));

        Assert.That(images, Is.All.EqualTo($"crmimport:{Version}"));
        Assert.That(File.ReadAllText(Path.Combine(ServiceProcess.Root, "Dockerfile")), Does.Contain($"ARG VERSION={Version}\n"));
    }

    [Test]
    public void Selectors_find_the_pods_of_the_deployment_and_not_those_of_the_job()
    {
        var (service, job) = (Labels("Deployment"), Labels("Job"));
        YamlMappingNode[] selectors =
        [
            Kind("Deployment").At("spec").At("selector").At("matchLabels"), Kind("Service").At("spec").At("selector"), Kind("PodDisruptionBudget").At("spec").At("selector").At("matchLabels"),
            Pod("Deployment").List("topologySpreadConstraints").Single().At("labelSelector").At("matchLabels"),
        ];
        using (Assert.EnterMultipleScope())
        {
            foreach (var selector in selectors.Select(selector => selector.Entries().ToArray()))
            {
                Assert.That(selector, Is.SubsetOf(service));
                Assert.That(selector, Is.Not.SubsetOf(job));
            }

            Assert.That(Kind("ServiceMonitor").At("spec").At("selector").At("matchLabels").Entries(), Is.SubsetOf(Kind("Service").At("metadata").At("labels").Entries()));
        }

        KeyValuePair<string, string>[] Labels(string kind) => [.. Kind(kind).At("spec").At("template").At("metadata").At("labels").Entries()];
    }

    [Test]
    public void What_runs_can_change_nothing_and_has_time_to_end()
    {
        using (Assert.EnterMultipleScope())
        {
            foreach (var pod in Pods())
            {
                var security = Container(pod).At("securityContext");
                Assert.That(pod.At("securityContext").Text("runAsNonRoot"), Is.EqualTo("true"));
                Assert.That(security.Text("readOnlyRootFilesystem"), Is.EqualTo("true"));
                Assert.That(security.Text("allowPrivilegeEscalation"), Is.EqualTo("false"));
                Assert.That(security.At("capabilities").Texts("drop"), Is.EqualTo(new[] { "ALL" }));
                Assert.That(Container(pod).At("resources").At("limits").Keys(), Does.Contain("memory"));
                Assert.That(Container(pod).List("envFrom").Single().At("configMapRef").Text("name"), Is.EqualTo(Kind("ConfigMap").At("metadata").Text("name")));
            }

            // 30 s are the host's own, for requests that were taken.
            Assert.That(int.Parse(Pod("Deployment").Text("terminationGracePeriodSeconds"), System.Globalization.CultureInfo.InvariantCulture), Is.GreaterThan(35));
            Assert.That(int.Parse(Service("crmimport").Text("stop_grace_period").TrimEnd('s'), System.Globalization.CultureInfo.InvariantCulture), Is.GreaterThan(30));
            Assert.That(Service("crmimport").Text("read_only"), Is.EqualTo("true"));
            Assert.That(Service("crmimport").Texts("cap_drop"), Is.EqualTo(new[] { "ALL" }));
            Assert.That(Container(Pod("Job")).Texts("args"), Is.EqualTo(new[] { "migrate" }));
        }
    }

    private static YamlMappingNode[] Documents(string file)
    {
        using var text = File.OpenText(Path.Combine(ServiceProcess.Root, Folder, file));
        var stream = new YamlStream();
        stream.Load(text);
        return [.. stream.Documents.Select(document => (YamlMappingNode)document.RootNode)];
    }

    private static YamlMappingNode Kind(string kind) => Manifests.Single(manifest => manifest.Text("kind") == kind);

    private static YamlMappingNode Pod(string kind) => Kind(kind).At("spec").At("template").At("spec");

    private static YamlMappingNode[] Pods() => [Pod("Deployment"), Pod("Job")];

    private static YamlMappingNode Container(YamlMappingNode pod) => pod.List("containers").Single();

    private static YamlMappingNode Service(string name) => Compose.At("services").At(name);

    // of a setting's file, or of an item of a list
    [GeneratedRegex("__(File|[0-9]+)$")]
    private static partial Regex Ending();

    [GeneratedRegex("^Databases__cv_[a-z0-9_]{1,59}?(__File)?$")]
    private static partial Regex DatabaseFile();
}

/// <summary>Reads YAML by names; what is not there fails with its name.</summary>
internal static class Yaml
{
    public static YamlMappingNode At(this YamlMappingNode node, string name) => (YamlMappingNode)node.Child(name);

    public static string Text(this YamlMappingNode node, string name) => ((YamlScalarNode)node.Child(name)).Value!;

    public static IEnumerable<YamlMappingNode> List(this YamlMappingNode node, string name) => ((YamlSequenceNode)node.Child(name)).Children.Cast<YamlMappingNode>();

    public static IEnumerable<string> Texts(this YamlMappingNode node, string name) => ((YamlSequenceNode)node.Child(name)).Children.Select(child => ((YamlScalarNode)child).Value!);

    public static IEnumerable<string> Keys(this YamlMappingNode node) => node.Children.Keys.Select(key => ((YamlScalarNode)key).Value!);

    public static IEnumerable<KeyValuePair<string, string>> Entries(this YamlMappingNode node) =>
        node.Children.Select(entry => KeyValuePair.Create(((YamlScalarNode)entry.Key).Value!, ((YamlScalarNode)entry.Value).Value!));

    private static YamlNode Child(this YamlMappingNode node, string name) =>
        node.Children.TryGetValue(name, out var child) ? child : throw new KeyNotFoundException($"{name} is not in the YAML, which has {string.Join(", ", node.Keys())}");
}
