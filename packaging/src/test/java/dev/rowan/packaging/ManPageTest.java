package dev.rowan.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ManPageTest {
  @Test
  void itIsMadeOfTheHelp() {
    String help =
        """
        Usage: rowan [flags]
               rowan restore SNAPSHOT

        Serves.

        Clients:
          --cert-file <path>
              The server's.
          --debug
              .more
        """;

    assertThat(ManPage.of(help, "1.0", "2026-01-01"))
        .startsWith(
            """
            .TH ROWAN 1 2026-01-01 "Rowan 1.0"
            .SH NAME
            rowan \\- the etcd v3 API from rows in a SQL database
            .SH SYNOPSIS
            .nf
            rowan [flags]
            rowan restore SNAPSHOT
            .fi
            .SH DESCRIPTION
            Serves.
            .SH Clients
            .TP
            .B \\-\\-cert\\-file <path>
            The server's.
            .TP
            .B \\-\\-debug
            \\&.more
            .SH FILES
            """);
  }
}
