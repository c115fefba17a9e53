package dev.rowan.it.chart;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rowan.it.Rowan;
import dev.rowan.it.Server;
import dev.rowan.it.clients.KubeApiserver;
import dev.rowan.it.clients.Program;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The Helm chart makes what Helm, Kubernetes and Rowan take, and says what is wrong with values.
 */
final class ChartIT {
  private static final String VALUES = "dev.rowan.it.chart.Chart#values";

  private static final String DATABASE = "database-values.yaml";
  private static final String DATABASE_TLS = "database-tls-values.yaml";
  private static final String QUORUM = "quorum-values.yaml";
  private static final String QUORUM_TLS = "quorum-tls-values.yaml";

  /** Kinds of operators that a bare kube-apiserver doesn't know. */
  private static final List<String> OPERATORS =
      List.of(
          "cert-manager.io/v1 Certificate",
          "monitoring.coreos.com/v1 ServiceMonitor",
          "monitoring.coreos.com/v1 PrometheusRule");

  @ParameterizedTest
  @MethodSource(VALUES)
  void helmHasNothingToSay(String values) {
    Program lint = Chart.lint(values);

    assertThat(lint.status()).as(lint.output()).isZero();
    assertThat(lint.output()).contains("0 chart(s) failed").doesNotContain("[WARNING]", "[ERROR]");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "mode=etcd | mode | 'database', 'quorum'",
        "replicas=0 | replicas | minimum",
        "replicas=three | replicas | integer",
        "replica=3 | replica | additional properties",
        "image.name=rowan | image | additional properties",
        "tls.client.source=files | source | 'certManager'",
        "quorum.initialClusterState=old | initialClusterState | 'existing'",
        "extraArgs={metrics} | extraArgs | pattern",
        "service.port=70000 | port | maximum",
        "image.digest=latest | digest | pattern",
      })
  void whatTheSchemaDoesNotKnowIsRefused(String set, String name, String expected) {
    Program refused = Chart.template(DATABASE, set);

    assertThat(refused.status()).as(refused.output()).isNotZero();
    assertThat(refused.output()).contains(name, expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "database.secretName= | database.secretName is empty",
        "mode=quorum | database.secretName is rowan-database",
        "tls.peer.source=auto | tls.peer.source is auto",
        "tls.client.source=secret | tls.client.secretName is empty",
        "tls.client.secretName=server | tls.client.secretName is server",
        "tls.client.source=certManager | tls.client.certManager.issuerRef.name is empty",
        "tls.client.clientCertAuth=true | tls.client.clientCertAuth is true",
        "tls.client.caSecretName=clients | tls.client.caSecretName is clients",
        "tls.peer.allowedCommonName=member | tls.peer.allowedCommonName is member",
        "fullnameOverride=1rowan | the name 1rowan can't be that of a Service",
        "extraArgs[0]=--force-new-cluster | extraArgs has --force-new-cluster",
      })
  void valuesThatContradictEachOtherAreNamed(String set, String message) {
    Program refused = Chart.template(DATABASE, set);

    assertThat(refused.status()).as(refused.output()).isNotZero();
    assertThat(refused.output()).contains(message).containsPattern("expected|needs");
  }

  @Test
  void addressesOfVersionSixStandInBrackets() {
    Program rendered = Chart.template(DATABASE, "listenAddress=[::]");

    assertThat(rendered.status()).as(rendered.output()).isZero();
    assertThat(rendered.output())
        .contains("--listen-client-urls=http://[::]:2379")
        .contains("--advertise-client-urls=http://[$(POD_IP)]:2379");
  }

  @Test
  void equalInstancesServeOneDatabase() {
    List<Rendered> rendered = Chart.render(DATABASE);

    assertThat(names(rendered))
        .containsExactlyInAnyOrder(
            "PodDisruptionBudget rowan",
            "ServiceAccount rowan",
            "Service rowan",
            "Deployment rowan");
    Rendered deployment = Chart.one(rendered, "Deployment");
    assertThat(new Container(deployment).flags())
        .containsExactly(
            "--name=$(POD_NAME)",
            "--listen-client-urls=http://0.0.0.0:2379",
            "--advertise-client-urls=http://$(POD_IP):2379",
            "--listen-metrics-urls=http://0.0.0.0:2381");
    assertThat(deployment.text())
        .contains("image: \"rowan:", "name: ROWAN_ENDPOINT", "name: \"rowan-database\"")
        .contains("automountServiceAccountToken: false", "enableServiceLinks: false");
  }

  @Test
  void whatIsAskedForBesideIsMade() {
    List<Rendered> rendered = Chart.render(DATABASE_TLS);

    List<String> expected =
        new ArrayList<>(
            List.of(
                "NetworkPolicy rowan",
                "PodDisruptionBudget rowan",
                "ServiceAccount rowan",
                "Service rowan",
                "Service rowan-metrics",
                "Deployment rowan",
                "ServiceMonitor rowan"));
    if (Files.exists(Chart.FOLDER.resolve("files/rules.yaml"))) {
      expected.add("PrometheusRule rowan");
    }
    if (Files.exists(Chart.FOLDER.resolve("files/dashboard.json"))) {
      expected.add("ConfigMap rowan-dashboard");
    }
    assertThat(names(rendered)).containsExactlyInAnyOrderElementsOf(expected);
    assertThat(new Container(Chart.one(rendered, "Deployment")).flags())
        .contains(
            "--listen-client-urls=https://0.0.0.0:2379",
            "--advertise-client-urls=https://rowan.chart.svc.cluster.local:443",
            "--client-cert-auth",
            "--metrics=extensive");
  }

  @Test
  void membersKnowEachOtherByTheirNames() {
    List<Rendered> rendered = Chart.render(QUORUM);

    assertThat(names(rendered))
        .containsExactlyInAnyOrder(
            "PodDisruptionBudget rowan",
            "ServiceAccount rowan",
            "Service rowan",
            "Service rowan-headless",
            "StatefulSet rowan");
    Rendered members = Chart.one(rendered, "StatefulSet");
    String domain = ".rowan-headless.chart.svc.cluster.local:";
    assertThat(new Container(members).flags())
        .contains(
            "--data-dir=/var/lib/rowan/data",
            "--advertise-client-urls=http://$(POD_NAME)" + domain + "2379",
            "--initial-advertise-peer-urls=http://$(POD_NAME)" + domain + "2380",
            "--initial-cluster="
                + String.join(
                    ",",
                    "rowan-0=http://rowan-0" + domain + "2380",
                    "rowan-1=http://rowan-1" + domain + "2380",
                    "rowan-2=http://rowan-2" + domain + "2380"));
    assertThat(members.text("spec", "podManagementPolicy")).isEqualTo("Parallel");
    assertThat(Chart.one(rendered, "PodDisruptionBudget").text("spec", "maxUnavailable"))
        .isEqualTo("1");
    assertThat(
            rendered.stream()
                .filter(each -> each.name().equals("rowan-headless"))
                .map(each -> each.text("spec", "publishNotReadyAddresses")))
        .containsExactly("true");
  }

  @Test
  void certManagerIssuesForClientsAndForMembers() {
    List<Rendered> certificates =
        Chart.render(QUORUM_TLS).stream()
            .filter(each -> each.kind().equals("Certificate"))
            .toList();

    assertThat(certificates)
        .extracting(each -> each.text("spec", "secretName"))
        .containsExactlyInAnyOrder("rowan-client-tls", "rowan-peer-tls");
    assertThat(certificates)
        .allSatisfy(each ->
            assertThat(each.text()).contains("\"*.rowan-headless.chart.svc.cluster.local\""));
  }

  @Test
  void notesSayWhatIsMissing() {
    Program notes = Chart.notes(QUORUM, "replicas=4");

    assertThat(notes.status()).as(notes.output()).isZero();
    assertThat(notes.output())
        .contains("EVEN NUMBER OF MEMBERS: 4 may lose 1", "IMAGE: nothing is published")
        .contains("NO TLS BETWEEN MEMBERS")
        .doesNotContain("METRICS:");
    assertThat(
            Chart.notes(QUORUM, "networkPolicy.enabled=true", "serviceMonitor.enabled=true")
                .output())
        .contains("METRICS: networkPolicy lets in");
  }

  /** One kube-apiserver, whose only store is Rowan, is asked about what all values make. */
  @Test
  void kubernetesTakesWhatIsRendered() throws Exception {
    List<String> types = new ArrayList<>();
    try (Server store = Rowan.overSqlite();
        KubeApiserver apiserver = KubeApiserver.start(store);
        Kubernetes kubernetes = Kubernetes.connect(apiserver)) {
      assertThat(kubernetes.warnedNamespace(Chart.NAMESPACE).statusCode()).isEqualTo(201);
      assertIsStrict(kubernetes);
      for (String values : Chart.values().toList()) {
        for (Rendered each : Chart.render(values)) {
          String type = each.apiVersion() + " " + each.kind();
          types.add(type);
          if (Kubernetes.knows(each)) {
            HttpResponse<String> answer = kubernetes.dryRun(each);
            assertThat(answer.statusCode()).as(answer.body() + each.text()).isEqualTo(201);
            assertThat(answer.headers().allValues("Warning")).as(each.text()).isEmpty();
          } else {
            assertThat(OPERATORS).contains(type);
            assertThat(each.name()).startsWith("rowan");
            assertThat(each.find("spec")).isPresent();
          }
        }
      }
    }
    assertThat(types).contains("apps/v1 Deployment", "apps/v1 StatefulSet");
  }

  /** What there isn't is refused, and what isn't restricted is warned of. */
  private static void assertIsStrict(Kubernetes kubernetes) throws Exception {
    Rendered deployment = Chart.one(Chart.render(DATABASE), "Deployment");
    String wrong = deployment.text().replace("imagePullPolicy:", "imagePullPolice:");
    assertThat(kubernetes.dryRun(new Rendered(wrong, deployment.fields())).body())
        .contains("imagePullPolice");
    List<Rendered> root = Chart.render(DATABASE, "podSecurityContext.runAsNonRoot=false");
    assertThat(kubernetes.dryRun(Chart.one(root, "Deployment")).headers().allValues("Warning"))
        .anyMatch(warning -> warning.contains("runAsNonRoot"));
  }

  @ParameterizedTest
  @MethodSource(VALUES)
  void rowanServesWithTheFlagsAndAnswersTheProbes(String values) throws Exception {
    try (Pods pods = Pods.start(workload(values))) {
      for (String probe : List.of("startupProbe", "livenessProbe", "readinessProbe")) {
        assertThat(pods.probed(probe)).as(probe).isNotEmpty().containsOnly(200);
      }
    }
  }

  private static Rendered workload(String values) {
    return Chart.one(
        Chart.render(values), values.startsWith("quorum") ? "StatefulSet" : "Deployment");
  }

  private static Stream<String> names(List<Rendered> rendered) {
    return rendered.stream().map(each -> each.kind() + " " + each.name());
  }
}
