package dev.rowan.it.linearizability;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import dev.rowan.proto.etcdserverpb.DeleteRangeResponse;
import dev.rowan.proto.etcdserverpb.PutResponse;
import dev.rowan.proto.etcdserverpb.ResponseHeader;
import dev.rowan.proto.etcdserverpb.ResponseOp;
import dev.rowan.proto.etcdserverpb.TxnResponse;
import io.grpc.Status;

/** What all answers of the API have in common. */
final class Answers {
  private Answers() {}

  /** Whether somebody who is no whole member of a quorum yet has done nothing with a request. */
  static boolean fromLearner(Status status) {
    return status.getCode() == Status.Code.FAILED_PRECONDITION
        && "etcdserver: rpc not supported for learner".equals(status.getDescription());
  }

  /** The revision in an answer's header. */
  static long revision(Message response) {
    return ((ResponseHeader) response.getField(header(response))).getRevision();
  }

  /** The answer without what differs from server to server: its header has a revision only. */
  static Message plain(Message response) {
    ResponseHeader header = ResponseHeader.newBuilder().setRevision(revision(response)).build();
    return response.toBuilder().setField(header(response), header).build();
  }

  private static FieldDescriptor header(Message response) {
    return response.getDescriptorForType().findFieldByName("header");
  }

  /** Whether the answer says that something was written; a revoked lease's never does. */
  static boolean wrote(Message response) {
    return switch (response) {
      case PutResponse ignored -> true;
      case DeleteRangeResponse delete -> delete.getDeleted() > 0;
      case TxnResponse txn -> txn.getResponsesList().stream().anyMatch(Answers::wrote);
      default -> false;
    };
  }

  private static boolean wrote(ResponseOp response) {
    return response.hasResponsePut() || response.getResponseDeleteRange().getDeleted() > 0;
  }
}
