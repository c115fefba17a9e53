package dev.rowan.it.linearizability;

import com.google.protobuf.ByteString;
import dev.rowan.it.Client;
import dev.rowan.it.conformance.Requests;
import dev.rowan.proto.etcdserverpb.LeaseTimeToLiveRequest;
import dev.rowan.proto.etcdserverpb.LeaseTimeToLiveResponse;
import dev.rowan.proto.mvccpb.KeyValue;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Whether in the end every instance knows which keys each lease has. */
final class LastLeases {
  /** Of thousands; those granted last. */
  private static final int ASKED_MAX = 50;

  private LastLeases() {}

  /** Asks every instance, nothing being written meanwhile; returns what is wrong. */
  static List<String> check(Subject subject, Leases leases) {
    List<String> findings = new ArrayList<>();
    List<Long> all = leases.all();
    for (Instance instance : subject.instances()) {
      try (Client client = instance.client()) {
        List<KeyValue> kvs = client.kv().range(Requests.all().build()).getKvsList();
        for (long id : all.subList(Math.max(0, all.size() - ASKED_MAX), all.size())) {
          Set<ByteString> attached =
              kvs.stream()
                  .filter(kv -> kv.getLease() == id)
                  .map(KeyValue::getKey)
                  .collect(Collectors.toSet());
          LeaseTimeToLiveRequest request =
              LeaseTimeToLiveRequest.newBuilder().setID(id).setKeys(true).build();
          LeaseTimeToLiveResponse response = client.lease().leaseTimeToLive(request);
          if (!attached.equals(new HashSet<>(response.getKeysList()))) {
            findings.add(
                "%s says of lease %d {%s}, but its keys are %s"
                    .formatted(instance, id, Operation.text(response), attached));
          }
        }
      }
    }
    return findings;
  }
}
