package dev.rowan.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SystemLibrariesTest {
  @Test
  void whatLddPrintsNamesTheLibrariesThatWereFound() {
    String said =
        """
        \tlinux-vdso.so.1 (0x00007ffd)
        \tlibjvm.so => /tree/runtime/lib/server/libjvm.so (0x00007f01)
        \tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f02)
        \t/lib64/ld-linux-x86-64.so.2 (0x00007f03)
        """;

    assertThat(SystemLibraries.found(said))
        .containsExactly(
            "/tree/runtime/lib/server/libjvm.so",
            "/lib/x86_64-linux-gnu/libc.so.6",
            "/lib64/ld-linux-x86-64.so.2");
  }

  @Test
  void whatIsStaticHasNone() {
    assertThat(SystemLibraries.found("\tstatically linked\n")).isEmpty();
  }
}
