package dev.rowan.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MemberIdentityTest {
  @TempDir Path folder;

  @Test
  void aMembersFolderSaysWhoseItIs() throws Exception {
    try (Cluster cluster = Cluster.of(1, folder)) {
      assertThat(MemberIdentity.of(cluster.folder(1))).isEqualTo(new MemberIdentity(Cluster.ID, 1));
    }
  }

  @Test
  void aFolderThatNobodyUsedIsNobodys() throws Exception {
    assertThat(MemberIdentity.of(folder)).isNull();
    assertThat(MemberIdentity.of(folder.resolve("missing"))).isNull();
  }

  @Test
  void aFileThatCannotBeReadIsNamed() throws Exception {
    Path file = Files.writeString(folder.resolve("member"), "member=7\n");

    assertThatThrownBy(() -> MemberIdentity.of(folder))
        .isInstanceOf(RaftException.WrongFolder.class)
        .hasMessageStartingWith(file + ": ");
  }
}
