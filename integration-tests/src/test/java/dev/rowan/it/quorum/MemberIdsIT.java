package dev.rowan.it.quorum;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rowan.it.Client;
import dev.rowan.it.Etcd;
import dev.rowan.it.Ports;
import dev.rowan.it.Server;
import dev.rowan.proto.etcdserverpb.MemberAddRequest;
import dev.rowan.proto.etcdserverpb.MemberAddResponse;
import dev.rowan.proto.etcdserverpb.MemberListRequest;
import dev.rowan.proto.etcdserverpb.ResponseHeader;
import dev.rowan.quorum.MemberIds;
import java.time.Instant;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** C-6: the ids of etcd's members are those that Rowan would give them. */
final class MemberIdsIT {
  @Test
  void idsAreComputedAsEtcdDoes() {
    int peerPort = Ports.free();
    List<String> urls = List.of("http://127.0.0.1:" + peerPort);
    try (Server etcd =
            Etcd.over(Server.newFolder("etcd"), peerPort, "--initial-cluster-token=its-own");
        Client client = etcd.client()) {
      ResponseHeader header =
          client.cluster().memberList(MemberListRequest.getDefaultInstance()).getHeader();

      long id = MemberIds.first(urls, "its-own");
      assertThat(header.getMemberId()).isEqualTo(id);
      assertThat(header.getClusterId()).isEqualTo(MemberIds.cluster(List.of(id)));

      // Two URLs, which etcd sorts.
      List<String> added = List.of("http://127.0.0.2:1", "http://127.0.0.1:1");
      Instant before = Instant.now();
      MemberAddResponse answer =
          client
              .cluster()
              .memberAdd(
                  MemberAddRequest.newBuilder().addAllPeerURLs(added).setIsLearner(true).build());
      assertThat(LongStream.rangeClosed(before.getEpochSecond(), Instant.now().getEpochSecond()))
          .as("the second in which it was added")
          .anyMatch(second ->
              MemberIds.added(added, Instant.ofEpochSecond(second), taken -> false)
                  == answer.getMember().getID());
    }
  }
}
