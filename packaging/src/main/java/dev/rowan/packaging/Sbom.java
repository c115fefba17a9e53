package dev.rowan.packaging;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Lists of what a package is made of, as CycloneDX has them in JSON. */
final class Sbom {
  private static final Gson JSON =
      new GsonBuilder().disableHtmlEscaping().setPrettyPrinting().create();

  private Sbom() {}

  /**
   * Something that isn't Rowan's own.
   *
   * @param type as CycloneDX has it: library or platform
   * @param license an expression of SPDX
   * @param purl its package URL, https://github.com/package-url/purl-spec
   */
  record Component(String type, String name, String version, String license, String purl) {
    private JsonObject json() {
      JsonObject expression = new JsonObject();
      expression.addProperty("expression", license);
      JsonArray licenses = new JsonArray();
      licenses.add(expression);
      JsonObject json = new JsonObject();
      json.addProperty("type", type);
      json.addProperty("bom-ref", purl);
      json.addProperty("name", name);
      json.addProperty("version", version);
      json.add("licenses", licenses);
      json.addProperty("purl", purl);
      return json;
    }
  }

  /** The list in a file, with more in it. */
  static String with(Path list, List<Component> more) throws IOException {
    JsonObject bom = JsonParser.parseString(Files.readString(list)).getAsJsonObject();
    JsonElement components = bom.get("components");
    more.forEach(component -> components.getAsJsonArray().add(component.json()));
    return JSON.toJson(bom);
  }

  /** A list of nothing else. */
  static String of(List<Component> components) {
    JsonObject bom = new JsonObject();
    bom.addProperty("bomFormat", "CycloneDX");
    bom.addProperty("specVersion", "1.6");
    bom.addProperty("version", 1);
    JsonArray all = new JsonArray();
    components.forEach(component -> all.add(component.json()));
    bom.add("components", all);
    return JSON.toJson(bom);
  }
}
