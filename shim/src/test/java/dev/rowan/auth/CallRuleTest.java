package dev.rowan.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rowan.proto.etcdserverpb.AuthGrpc;
import dev.rowan.proto.etcdserverpb.ClusterGrpc;
import dev.rowan.proto.etcdserverpb.KVGrpc;
import dev.rowan.proto.etcdserverpb.LeaseGrpc;
import dev.rowan.proto.etcdserverpb.MaintenanceGrpc;
import dev.rowan.proto.etcdserverpb.WatchGrpc;
import dev.rowan.proto.v3electionpb.ElectionGrpc;
import dev.rowan.proto.v3lockpb.LockGrpc;
import io.grpc.MethodDescriptor;
import io.grpc.ServiceDescriptor;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class CallRuleTest {
  private static final List<ServiceDescriptor> SERVICES =
      List.of(
          KVGrpc.getServiceDescriptor(),
          WatchGrpc.getServiceDescriptor(),
          LeaseGrpc.getServiceDescriptor(),
          ClusterGrpc.getServiceDescriptor(),
          MaintenanceGrpc.getServiceDescriptor(),
          AuthGrpc.getServiceDescriptor(),
          LockGrpc.getServiceDescriptor(),
          ElectionGrpc.getServiceDescriptor());

  @Test
  void everyCallHasARuleAndEveryRuleACall() {
    Set<String> calls = new TreeSet<>();
    for (ServiceDescriptor service : SERVICES) {
      service.getMethods().stream().map(MethodDescriptor::getFullMethodName).forEach(calls::add);
    }

    assertThat(CallRule.methods()).containsExactlyInAnyOrderElementsOf(calls);
  }

  @Test
  void whatIsNotInTheTableIsForRoot() {
    assertThat(CallRule.of("etcdserverpb.KV/Nothing")).isEqualTo(CallRule.ROOT);
  }
}
