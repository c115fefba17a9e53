package dev.rowan.packaging;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.GZIPOutputStream;

/**
 * An image as a tar in the layout of the Open Container Initiative, with the file beside it by
 * which older Dockers load it. Depends on nothing but its contents.
 */
final class OciLayout {
  private static final String TYPES = "application/vnd.oci.image.";
  private static final String BLOBS = "blobs/sha256/";
  private static final Gson JSON = new GsonBuilder().disableHtmlEscaping().create();

  private final Path work;
  private final Instant time;
  private final List<Entry> entries = new ArrayList<>();
  private final List<Blob> layers = new ArrayList<>();
  private final List<String> contents = new ArrayList<>();

  /** Keeps its layers in a folder until they are written. */
  OciLayout(Path work, Instant time) {
    this.work = work;
    this.time = time;
    entries.add(Entry.Folder.of("blobs"));
    entries.add(Entry.Folder.of("blobs/sha256"));
  }

  /** What a descriptor says of a part of the image. */
  private record Blob(String type, String digest, long size) {
    Map<String, Object> descriptor() {
      return new TreeMap<>(Map.of("mediaType", type, "digest", "sha256:" + digest, "size", size));
    }
  }

  /** Adds files on top of those before. */
  void layer(List<Entry> files) throws IOException {
    Path file = work.resolve("layer" + layers.size());
    MessageDigest packed = sha256();
    MessageDigest plain = sha256();
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file));
        OutputStream gzip = new GZIPOutputStream(new DigestOutputStream(out, packed));
        OutputStream tar = new DigestOutputStream(gzip, plain)) {
      Tar.write(tar, time, files);
    }
    String digest = HexFormat.of().formatHex(packed.digest());
    entries.add(new Entry.File(BLOBS + digest, Entry.PLAIN, file));
    layers.add(new Blob(TYPES + "layer.v1.tar+gzip", digest, Files.size(file)));
    contents.add("sha256:" + HexFormat.of().formatHex(plain.digest()));
  }

  /**
   * Writes the image.
   *
   * @param config how its containers run, by the names of the image specification
   * @param name by which Docker lists it, as in rowan:1.0
   */
  void write(Path target, Machine machine, Map<String, Object> config, String name)
      throws IOException {
    Map<String, Object> image = new TreeMap<>();
    image.put("architecture", machine.name);
    image.put("os", "linux");
    image.put("created", time.toString());
    image.put("config", config);
    image.put("rootfs", Map.of("type", "layers", "diff_ids", contents));
    Blob configuration = add("config.v1+json", image);
    Map<String, Object> manifest = new TreeMap<>();
    manifest.put("schemaVersion", 2);
    manifest.put("mediaType", TYPES + "manifest.v1+json");
    manifest.put("config", configuration.descriptor());
    manifest.put("layers", layers.stream().map(Blob::descriptor).toList());
    Blob described = add("manifest.v1+json", manifest);
    Map<String, Object> listed = described.descriptor();
    listed.put("platform", Map.of("architecture", machine.name, "os", "linux"));
    listed.put(
        "annotations",
        Map.of(
            "io.containerd.image.name",
            "docker.io/library/" + name,
            "org.opencontainers.image.ref.name",
            name.substring(name.indexOf(':') + 1)));
    Map<String, Object> index = new TreeMap<>();
    index.put("schemaVersion", 2);
    index.put("mediaType", TYPES + "index.v1+json");
    index.put("manifests", List.of(listed));
    entries.add(new Entry.Text("index.json", Entry.PLAIN, json(index)));
    entries.add(new Entry.Text("oci-layout", Entry.PLAIN, "{\"imageLayoutVersion\":\"1.0.0\"}"));
    entries.add(new Entry.Text("manifest.json", Entry.PLAIN, forDocker(configuration, name)));
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(target))) {
      Tar.write(out, time, entries);
    }
  }

  private String forDocker(Blob configuration, String name) {
    Map<String, Object> image = new TreeMap<>();
    image.put("Config", BLOBS + configuration.digest());
    image.put("RepoTags", List.of(name));
    image.put("Layers", layers.stream().map(layer -> BLOBS + layer.digest()).toList());
    return json(List.of(image));
  }

  /** With every object's names in order: the same content is the same text, and has one digest. */
  private static String json(Object content) {
    return JSON.toJson(sorted(content));
  }

  private static Object sorted(Object value) {
    return switch (value) {
      case Map<?, ?> map -> {
        Map<String, Object> names = new TreeMap<>();
        map.forEach((name, each) -> names.put(String.valueOf(name), sorted(each)));
        yield names;
      }
      case List<?> list -> list.stream().map(OciLayout::sorted).toList();
      default -> value;
    };
  }

  private Blob add(String type, Map<String, Object> content) {
    String json = json(content);
    byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
    String digest = HexFormat.of().formatHex(sha256().digest(bytes));
    entries.add(new Entry.Text(BLOBS + digest, Entry.PLAIN, json));
    return new Blob(TYPES + type, digest, bytes.length);
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
