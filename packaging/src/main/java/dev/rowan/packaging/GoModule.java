package dev.rowan.packaging;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A library of a program in Go, or Go's own.
 *
 * @param folder where its licence is
 */
record GoModule(String path, String version, Path folder) {
  private static final String FORMAT =
      "{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}} {{.Dir}}{{end}}{{end}}";

  /**
   * Those that the program in a folder is linked with.
   *
   * @param environment with which it is built
   */
  static List<GoModule> of(Path program, Map<String, String> environment)
      throws IOException, InterruptedException {
    List<GoModule> modules = new ArrayList<>();
    String listed = go(program, environment, "list", "-deps", "-f", FORMAT, ".");
    for (String module : listed.lines().filter(line -> !line.isBlank()).distinct().toList()) {
      String[] parts = module.split(" ", 3);
      modules.add(new GoModule(parts[0], parts[1], Path.of(parts[2])));
    }
    String version = go(program, environment, "env", "GOVERSION").strip().replaceFirst("^go", "");
    Path root = Path.of(go(program, environment, "env", "GOROOT").strip());
    modules.add(new GoModule("std", version, root));
    return modules;
  }

  private static String go(Path folder, Map<String, String> environment, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("go"));
    command.addAll(List.of(arguments));
    return Command.run(folder, environment, command);
  }

  /** The text of its licence. */
  Path license() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> file.getFileName().toString().startsWith("LICENSE"))
          .min(Comparator.naturalOrder())
          .orElseThrow(() -> new IOException(path + " has no licence in " + folder));
    }
  }

  Sbom.Component component() throws IOException {
    return new Sbom.Component(
        "library",
        path,
        version,
        expression(Files.readString(license())),
        "pkg:golang/" + path + "@" + version);
  }

  private String expression(String text) throws IOException {
    if (text.contains("Redistribution and use in source and binary forms")) {
      return text.contains("Neither the name") ? "BSD-3-Clause" : "BSD-2-Clause";
    }
    if (text.contains("Permission is hereby granted, free of charge")) {
      return "MIT";
    }
    throw new IOException("the licence of " + path + " isn't known here; look at it");
  }
}
