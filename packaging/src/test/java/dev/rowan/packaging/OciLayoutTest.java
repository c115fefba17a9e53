package dev.rowan.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OciLayoutTest {
  private static final Instant TIME = Instant.parse("2026-01-01T00:00:00Z");

  @TempDir Path folder;

  private Path image(String name) throws IOException {
    Path work = Files.createDirectory(folder.resolve(name + ".work"));
    OciLayout layout = new OciLayout(work, TIME);
    layout.layer(List.of(Entry.Folder.of("a"), new Entry.Text("a/b", Entry.PLAIN, "b")));
    layout.layer(List.of(new Entry.Text("c", Entry.PLAIN, "c")));
    Path target = folder.resolve(name);
    layout.write(target, Machine.ARM64, Map.of("User", "1:1"), "rowan:7");
    return target;
  }

  private static Map<String, byte[]> files(byte[] tar) throws IOException {
    Map<String, byte[]> files = new LinkedHashMap<>();
    try (TarArchiveInputStream in = new TarArchiveInputStream(new ByteArrayInputStream(tar))) {
      for (TarArchiveEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
        if (entry.isFile()) {
          files.put(entry.getName(), in.readAllBytes());
        }
      }
    }
    return files;
  }

  private static byte[] file(Map<String, byte[]> files, String name) {
    return Objects.requireNonNull(files.get(name), name);
  }

  private static JsonObject json(byte[] bytes) {
    return JsonParser.parseString(new String(bytes, StandardCharsets.UTF_8)).getAsJsonObject();
  }

  private static byte[] blob(Map<String, byte[]> files, JsonObject descriptor)
      throws GeneralSecurityException {
    String digest = descriptor.get("digest").getAsString().replaceFirst("^sha256:", "");
    byte[] blob = file(files, "blobs/sha256/" + digest);
    assertThat(sha256(blob)).isEqualTo(digest);
    assertThat(descriptor.get("size").getAsLong()).isEqualTo(blob.length);
    return blob;
  }

  private static String sha256(byte[] bytes) throws GeneralSecurityException {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
  }

  @Test
  void itIsReadFromTheIndexDownwards() throws IOException, GeneralSecurityException {
    Map<String, byte[]> files = files(Files.readAllBytes(image("image.tar")));
    JsonObject listed =
        json(file(files, "index.json")).getAsJsonArray("manifests").get(0).getAsJsonObject();
    JsonObject manifest = json(blob(files, listed));
    JsonObject config = json(blob(files, manifest.getAsJsonObject("config")));

    assertThat(listed.getAsJsonObject("platform").get("architecture").getAsString())
        .isEqualTo("arm64");
    assertThat(config.get("architecture").getAsString()).isEqualTo("arm64");
    assertThat(config.getAsJsonObject("config").get("User").getAsString()).isEqualTo("1:1");
    assertThat(manifest.getAsJsonArray("layers")).hasSize(2);
    for (int i = 0; i < 2; i++) {
      byte[] packed = blob(files, manifest.getAsJsonArray("layers").get(i).getAsJsonObject());
      byte[] plain = new GZIPInputStream(new ByteArrayInputStream(packed)).readAllBytes();
      assertThat(config.getAsJsonObject("rootfs").getAsJsonArray("diff_ids").get(i).getAsString())
          .isEqualTo("sha256:" + sha256(plain));
      assertThat(files(plain)).containsOnlyKeys(i == 0 ? "a/b" : "c");
    }
  }

  @Test
  void dockerFindsTheSameBlobs() throws IOException {
    Map<String, byte[]> files = files(Files.readAllBytes(image("image.tar")));
    String text = new String(file(files, "manifest.json"), StandardCharsets.UTF_8);
    JsonObject image = JsonParser.parseString(text).getAsJsonArray().get(0).getAsJsonObject();

    assertThat(image.getAsJsonArray("RepoTags").get(0).getAsString()).isEqualTo("rowan:7");
    assertThat(files).containsKey(image.get("Config").getAsString());
    image
        .getAsJsonArray("Layers")
        .forEach(layer -> assertThat(files).containsKey(layer.getAsString()));
  }

  @Test
  void itDependsOnNothingButItsContents() throws IOException {
    assertThat(image("one.tar")).hasSameBinaryContentAs(image("other.tar"));
  }
}
