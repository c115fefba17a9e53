package dev.rowan.it.chart;

import static org.awaitility.Awaitility.await;

import dev.rowan.it.clients.KubeApiserver;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** What a kube-apiserver says of objects. */
final class Kubernetes implements AutoCloseable {
  private static final Duration READY_MAX = Duration.ofMinutes(2);

  /** The kinds that it knows of those that the chart makes, by what their paths begin with. */
  private static final Map<String, String> PATHS =
      Map.of(
          "v1 Service", "/api/v1/namespaces/%s/services/%s",
          "v1 ServiceAccount", "/api/v1/namespaces/%s/serviceaccounts/%s",
          "v1 ConfigMap", "/api/v1/namespaces/%s/configmaps/%s",
          "apps/v1 Deployment", "/apis/apps/v1/namespaces/%s/deployments/%s",
          "apps/v1 StatefulSet", "/apis/apps/v1/namespaces/%s/statefulsets/%s",
          "policy/v1 PodDisruptionBudget", "/apis/policy/v1/namespaces/%s/poddisruptionbudgets/%s",
          "networking.k8s.io/v1 NetworkPolicy",
              "/apis/networking.k8s.io/v1/namespaces/%s/networkpolicies/%s");

  private final HttpClient http;
  private final String url;
  private final String token;

  private Kubernetes(HttpClient http, String url, String token) {
    this.http = http;
    this.url = url;
    this.token = token;
  }

  /** Waits until it is ready. */
  static Kubernetes connect(KubeApiserver apiserver) throws IOException, GeneralSecurityException {
    Path certificate = apiserver.folder().resolve("apiserver.crt");
    await().atMost(READY_MAX).until(() -> Files.exists(certificate) && Files.size(certificate) > 0);
    HttpClient http = HttpClient.newBuilder().sslContext(trusting(certificate)).build();
    Kubernetes kubernetes = new Kubernetes(http, apiserver.url(), apiserver.token());
    await()
        .atMost(READY_MAX)
        .ignoreExceptionsInstanceOf(IOException.class)
        .until(() -> kubernetes.get("/readyz") == 200);
    return kubernetes;
  }

  private static SSLContext trusting(Path certificates)
      throws IOException, GeneralSecurityException {
    KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
    trusted.load(null, null);
    try (InputStream in = Files.newInputStream(certificates)) {
      for (Certificate each : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
        trusted.setCertificateEntry("trusted-" + trusted.size(), each);
      }
    }
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(null, trust.getTrustManagers(), null);
    return tls;
  }

  /** Whether a bare kube-apiserver has the object's kind: it hasn't those of operators. */
  static boolean knows(Rendered object) {
    return PATHS.containsKey(type(object));
  }

  private static String type(Rendered object) {
    return object.apiVersion() + " " + object.kind();
  }

  /** Applies an object: what becomes of it is told, and forgotten. */
  HttpResponse<String> dryRun(Rendered object) throws IOException, InterruptedException {
    String path = PATHS.getOrDefault(type(object), "");
    String namespace = object.text("metadata", "namespace");
    return apply(
        path.formatted(namespace, object.name())
            + "?dryRun=All&fieldManager=chart&fieldValidation=Strict",
        object.text());
  }

  /** Makes a namespace in which pods that aren't restricted in every way are warned of. */
  HttpResponse<String> warnedNamespace(String name) throws IOException, InterruptedException {
    return apply(
        "/api/v1/namespaces/" + name + "?fieldManager=chart",
        """
        apiVersion: v1
        kind: Namespace
        metadata:
          name: %s
          labels:
            pod-security.kubernetes.io/warn: restricted
        """
            .formatted(name));
  }

  private HttpResponse<String> apply(String path, String yaml)
      throws IOException, InterruptedException {
    HttpRequest request =
        request(path)
            .header("Content-Type", "application/apply-patch+yaml")
            .method("PATCH", BodyPublishers.ofString(yaml))
            .build();
    return http.send(request, BodyHandlers.ofString());
  }

  private int get(String path) throws IOException, InterruptedException {
    return http.send(request(path).build(), BodyHandlers.discarding()).statusCode();
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create(url + path))
        .header("Authorization", "Bearer " + token)
        .timeout(Duration.ofSeconds(30));
  }

  @Override
  public void close() {
    http.close();
  }
}
