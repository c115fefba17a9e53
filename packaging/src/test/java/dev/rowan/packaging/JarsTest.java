package dev.rowan.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JarsTest {
  private static final Instant TIME = Instant.parse("2026-01-01T00:00:00Z");

  @TempDir Path folder;

  private Path jar(String classPath, String... entries) throws IOException {
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest.getMainAttributes().put(Attributes.Name.CLASS_PATH, classPath);
    Path jar = folder.resolve("from.jar");
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar), manifest)) {
      for (String entry : entries) {
        out.putNextEntry(new ZipEntry(entry));
        out.write(entry.getBytes(StandardCharsets.UTF_8));
      }
    }
    return jar;
  }

  @Test
  void librariesForMachinesAreLeftOut() throws IOException {
    Path to = folder.resolve("to.jar");

    Jars.copy(jar("", "a/B.class", "org/sqlite/native/Mac/x.dylib"), to, TIME);

    try (JarFile copy = new JarFile(to.toFile())) {
      assertThat(copy.stream().map(ZipEntry::getName))
          .containsExactly(JarFile.MANIFEST_NAME, "a/B.class");
    }
  }

  @Test
  void aJarWithoutThemStaysAsItIs() throws IOException {
    Path from = jar("", "a/B.class");
    Path to = folder.resolve("to.jar");

    Jars.copy(from, to, TIME);

    assertThat(to).hasSameBinaryContentAs(from);
  }

  @Test
  void theServersJarFindsTheOthersBesideIt() throws IOException {
    Path to = folder.resolve("to.jar");

    Jars.copyBesideLibraries(jar("lib/a.jar lib/b.jar", "a/B.class"), to, TIME);

    try (JarFile copy = new JarFile(to.toFile())) {
      assertThat(copy.getManifest().getMainAttributes().getValue(Attributes.Name.CLASS_PATH))
          .isEqualTo("a.jar b.jar");
    }
  }
}
