package dev.rowan.it.packaging;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * An image's files and its description.
 *
 * @param root where its files are
 * @param config the configuration that its manifest names
 */
record UnpackedImage(Path root, JsonObject config) {
  /** Unpacks an image below a folder. */
  static UnpackedImage of(Path tar, Path folder) throws IOException {
    Path layout = Files.createDirectory(folder.resolve("layout"));
    Packages.unpack(tar, layout);
    JsonObject index = json(layout.resolve("index.json"));
    JsonObject manifest = blob(layout, index.getAsJsonArray("manifests").get(0));
    Path root = Files.createDirectory(folder.resolve("root"));
    for (JsonElement layer : manifest.getAsJsonArray("layers")) {
      Packages.unpack(path(layout, layer), root);
    }
    JsonObject config = blob(layout, manifest.get("config"));
    Packages.delete(layout);
    return new UnpackedImage(root, config);
  }

  private static JsonObject json(Path file) throws IOException {
    return JsonParser.parseString(Files.readString(file)).getAsJsonObject();
  }

  private static JsonObject blob(Path layout, JsonElement descriptor) throws IOException {
    return json(path(layout, descriptor));
  }

  private static Path path(Path layout, JsonElement descriptor) {
    String digest = descriptor.getAsJsonObject().get("digest").getAsString();
    return layout.resolve("blobs").resolve(digest.replace(':', '/'));
  }
}
