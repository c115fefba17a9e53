package dev.rowan;

import java.nio.file.Path;

/** Placeholder. */
final class Warmup {
  private Warmup() {}

  public static void main(String[] args) {
    System.out.println(Path.of("."));
  }
}
