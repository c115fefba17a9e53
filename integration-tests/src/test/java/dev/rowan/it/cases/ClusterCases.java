package dev.rowan.it.cases;

import dev.rowan.it.conformance.Case;
import dev.rowan.it.conformance.Requests;
import dev.rowan.it.conformance.Side;
import dev.rowan.proto.etcdserverpb.ClusterGrpc;
import dev.rowan.proto.etcdserverpb.KVGrpc;
import dev.rowan.proto.etcdserverpb.MaintenanceGrpc;
import dev.rowan.proto.etcdserverpb.Member;
import dev.rowan.proto.etcdserverpb.MemberAddRequest;
import dev.rowan.proto.etcdserverpb.MemberAddResponse;
import dev.rowan.proto.etcdserverpb.MemberListRequest;
import dev.rowan.proto.etcdserverpb.MemberListResponse;
import dev.rowan.proto.etcdserverpb.MemberPromoteRequest;
import dev.rowan.proto.etcdserverpb.MemberPromoteResponse;
import dev.rowan.proto.etcdserverpb.MemberRemoveRequest;
import dev.rowan.proto.etcdserverpb.MemberRemoveResponse;
import dev.rowan.proto.etcdserverpb.MemberUpdateRequest;
import dev.rowan.proto.etcdserverpb.MemberUpdateResponse;
import dev.rowan.proto.etcdserverpb.PutResponse;
import dev.rowan.proto.etcdserverpb.RangeRequest;
import dev.rowan.proto.etcdserverpb.RangeResponse;
import dev.rowan.proto.etcdserverpb.StatusRequest;
import dev.rowan.proto.etcdserverpb.StatusResponse;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.MetadataUtils;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;

/**
 * CL-1 to CL-6, C-7, M-1 and X-6: what one server says of itself, compared by its shape, and which
 * members it refuses. Not compared, as docs/compatibility.md has it: peer URLs, members that etcd
 * takes in, and the text for a service whose health is not known.
 */
public final class ClusterCases {
  private static final Pattern VERSION = Pattern.compile("3\\.7\\.[0-9]+");

  private ClusterCases() {}

  /** The cases. */
  public static List<Case> cases() {
    return List.of(
        new Case("CL-1 CL-2 C-6 the list of members", ClusterCases::members),
        new Case("CL-3 a member needs URLs to be added", ClusterCases::badUrls),
        new Case("CL-4 CL-5 CL-6 a member that there is not", ClusterCases::unknownMember),
        new Case("C-7 a client tells the version of its API", ClusterCases::clientVersion),
        new Case("C-7 a client wants a leader", ClusterCases::hasLeader),
        new Case("M-1 a status has every field", ClusterCases::status),
        new Case("X-6 the health service says that it serves", ClusterCases::health),
        new Case("C-12 an unknown method or service is unimplemented", ClusterCases::unknown));
  }

  /** The cases of a cluster of one member. */
  public static List<Case> casesOfOneMember() {
    return List.of(
        new Case("CL-4 CL-6 the only member stays and is a voter", ClusterCases::onlyMember));
  }

  private static void members(Side s) {
    for (boolean linearizable : new boolean[] {false, true}) {
      var request = MemberListRequest.newBuilder().setLinearizable(linearizable).build();
      MemberListResponse answer = s.unary(ClusterGrpc.getMemberListMethod(), request);
      s.note("members", s.text(answer.toBuilder().clearMembers().build()));
      s.note("count", Integer.toString(answer.getMembersCount()));
      List<Member> members = answer.getMembersList();
      List<Member> sorted =
          members.stream()
              .sorted(Comparator.comparing(Member::getID, Long::compareUnsigned))
              .toList();
      s.note("in the order of ids", Boolean.toString(members.equals(sorted)));
      s.note("ids", Boolean.toString(members.stream().allMatch(member -> member.getID() != 0)));
      Member member =
          members.stream()
              .filter(one -> one.getID() == answer.getHeader().getMemberId())
              .findFirst()
              .orElseThrow();
      s.note("name", Boolean.toString(!member.getName().isEmpty()));
      s.note("learner", Boolean.toString(member.getIsLearner()));
      s.note("client URLs", Integer.toString(member.getClientURLsCount()));
      s.note(
          "client URL is its own",
          Boolean.toString(
              member.getClientURLs(0).equals("http://" + s.client().channel().authority())));
    }
  }

  private static void badUrls(Side s) {
    List<List<String>> lists =
        List.of(
            List.of(),
            List.of(""),
            List.of("http://127.0.0.1"),
            List.of("http://127.0.0.1:1/"),
            List.of("http://127.0.0.1:1/path"),
            List.of("127.0.0.1:1"),
            List.of("ftp://127.0.0.1:1"),
            List.of("http://127.0.0.1:port"),
            List.of("http://::1:1"),
            List.of("http://127.0.0.1:1", "nonsense"));
    for (List<String> urls : lists) {
      for (boolean learner : new boolean[] {false, true}) {
        s.call(
            ClusterGrpc.getMemberAddMethod(),
            MemberAddRequest.newBuilder().addAllPeerURLs(urls).setIsLearner(learner).build(),
            MemberAddResponse.getDefaultInstance());
      }
    }
  }

  private static void unknownMember(Side s) {
    for (long memberId : new long[] {0, 404, -1}) {
      s.call(
          ClusterGrpc.getMemberRemoveMethod(),
          MemberRemoveRequest.newBuilder().setID(memberId).build(),
          MemberRemoveResponse.getDefaultInstance());
      s.call(
          ClusterGrpc.getMemberUpdateMethod(),
          MemberUpdateRequest.newBuilder().setID(memberId).addPeerURLs("nonsense").build(),
          MemberUpdateResponse.getDefaultInstance());
      s.call(
          ClusterGrpc.getMemberPromoteMethod(),
          MemberPromoteRequest.newBuilder().setID(memberId).build(),
          MemberPromoteResponse.getDefaultInstance());
    }
  }

  private static void onlyMember(Side s) {
    var list = MemberListRequest.getDefaultInstance();
    long itself = s.unary(ClusterGrpc.getMemberListMethod(), list).getHeader().getMemberId();
    MaintenanceCases.answer(
        s,
        "remove itself",
        ClusterGrpc.getMemberRemoveMethod(),
        MemberRemoveRequest.newBuilder().setID(itself).build());
    MaintenanceCases.answer(
        s,
        "promote itself",
        ClusterGrpc.getMemberPromoteMethod(),
        MemberPromoteRequest.newBuilder().setID(itself).build());
  }

  private static void clientVersion(Side s) {
    for (String version : List.of("3.7", "", "nonsense")) {
      with(s, "client-api-version", version);
    }
  }

  private static void hasLeader(Side s) {
    for (String value : List.of("true", "false", "nonsense")) {
      with(s, "hasleader", value);
    }
  }

  private static void with(Side s, String header, String value) {
    Metadata headers = new Metadata();
    headers.put(Metadata.Key.of(header, Metadata.ASCII_STRING_MARSHALLER), value);
    Channel channel =
        ClientInterceptors.intercept(
            s.client().channel(), MetadataUtils.newAttachHeadersInterceptor(headers));
    s.call(
        channel,
        KVGrpc.getRangeMethod(),
        Requests.get("a").build(),
        RangeResponse.getDefaultInstance());
    s.call(
        channel,
        KVGrpc.getPutMethod(),
        Requests.put("a", "1").build(),
        PutResponse.getDefaultInstance());
    s.call(
        channel,
        ClusterGrpc.getMemberRemoveMethod(),
        MemberRemoveRequest.newBuilder().setID(404).build(),
        MemberRemoveResponse.getDefaultInstance());
  }

  private static void status(Side s) {
    StatusResponse status =
        s.unary(MaintenanceGrpc.getStatusMethod(), StatusRequest.getDefaultInstance());
    s.note("version", Boolean.toString(VERSION.matcher(status.getVersion()).matches()));
    s.note("storage version", status.getStorageVersion());
    s.note("header", s.text(status.getHeader()));
    s.note(
        "leads itself", Boolean.toString(status.getLeader() == status.getHeader().getMemberId()));
    s.note("term", Boolean.toString(status.getRaftTerm() == status.getHeader().getRaftTerm()));
    s.note("index", Boolean.toString(status.getRaftIndex() > 0));
    s.note(
        "applied",
        Boolean.toString(
            status.getRaftAppliedIndex() > 0
                && status.getRaftAppliedIndex() <= status.getRaftIndex()));
    s.note(
        "size",
        Boolean.toString(
            status.getDbSizeInUse() > 0 && status.getDbSizeInUse() <= status.getDbSize()));
    s.note("quota", Long.toString(status.getDbSizeQuota()));
    s.note("learner", Boolean.toString(status.getIsLearner()));
    s.note("errors", status.getErrorsList().toString());
    s.note(
        "downgrade", status.hasDowngradeInfo() ? s.text(status.getDowngradeInfo()) : "(not there)");
  }

  private static void health(Side s) {
    s.call(
        HealthGrpc.getCheckMethod(),
        HealthCheckRequest.getDefaultInstance(),
        HealthCheckResponse.getDefaultInstance());
    try {
      s.unary(
          HealthGrpc.getCheckMethod(),
          HealthCheckRequest.newBuilder().setService("nonsense").build());
    } catch (StatusRuntimeException e) {
      s.note("health of nonsense", e.getStatus().getCode().toString());
    }
  }

  private static void unknown(Side s) {
    for (String method : new String[] {"etcdserverpb.KV/Nothing", "nonsense.Service/Nothing"}) {
      MethodDescriptor<RangeRequest, RangeResponse> descriptor =
          MethodDescriptor.<RangeRequest, RangeResponse>newBuilder()
              .setType(MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(method)
              .setRequestMarshaller(ProtoUtils.marshaller(RangeRequest.getDefaultInstance()))
              .setResponseMarshaller(ProtoUtils.marshaller(RangeResponse.getDefaultInstance()))
              .build();
      s.note("method", method);
      s.call(descriptor, RangeRequest.getDefaultInstance(), RangeResponse.getDefaultInstance());
    }
  }
}
