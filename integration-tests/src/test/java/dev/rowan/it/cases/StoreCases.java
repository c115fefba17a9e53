package dev.rowan.it.cases;

import static dev.rowan.it.conformance.Requests.OPEN;
import static dev.rowan.it.conformance.Requests.all;
import static dev.rowan.it.conformance.Requests.bytes;
import static dev.rowan.it.conformance.Requests.compare;
import static dev.rowan.it.conformance.Requests.delete;
import static dev.rowan.it.conformance.Requests.get;
import static dev.rowan.it.conformance.Requests.op;
import static dev.rowan.it.conformance.Requests.put;
import static dev.rowan.it.conformance.Requests.range;
import static dev.rowan.it.conformance.Requests.then;
import static dev.rowan.it.conformance.Requests.txn;

import dev.rowan.it.conformance.Case;
import dev.rowan.it.conformance.Side;
import dev.rowan.proto.etcdserverpb.AlarmRequest;
import dev.rowan.proto.etcdserverpb.AlarmResponse;
import dev.rowan.proto.etcdserverpb.Compare.CompareResult;
import dev.rowan.proto.etcdserverpb.Compare.CompareTarget;
import dev.rowan.proto.etcdserverpb.KVGrpc;
import dev.rowan.proto.etcdserverpb.MaintenanceGrpc;
import dev.rowan.proto.etcdserverpb.RangeResponse;
import io.grpc.ClientInterceptors;
import io.grpc.InternalMetadata;
import io.grpc.Metadata;
import io.grpc.stub.MetadataUtils;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** C-1 to C-7: the store's revision, key values, ranges, headers and metadata. */
public final class StoreCases {
  private static final String[] KEYS = {
    "\0", "\0\0", "a", "a\0", "a\u00ff", "aa", "b", "\u00fe", "\u00ff", "\u00ff\0", "\u00ff\u00ff"
  };

  private static final String[][] RANGES = {
    {"a", ""},
    {"a", "b"},
    {"a", "a\0"},
    {"a", OPEN},
    {"\0", OPEN},
    {"\0", "a"},
    {"b", "a"},
    {"a", "a"},
    {"\u00ff", OPEN},
    {"\u00ff", "\u00ff\u00ff"},
    {"\u00fe", "\u00ff"},
    {"\0", ""},
    {"zz", OPEN},
    {"a", "\0\0"},
    {"b", "\u00ff\u00ff\u00ff"}
  };

  private StoreCases() {}

  /** The cases. */
  public static List<Case> cases() {
    return List.of(
        new Case("C-1 each change of the store adds one revision", StoreCases::revisions),
        new Case("C-2 versions restart with each life of a key", StoreCases::lives),
        new Case("C-3 ranges have every form in range and delete", StoreCases::ranges),
        new Case("C-3 ranges have every form in a compare", StoreCases::compareRanges),
        new Case("C-4 keys and values are arbitrary bytes", StoreCases::bytesOfAnyKind),
        new Case("C-5 each answer's header is as the table says", StoreCases::headers),
        new Case("C-7 metadata of a request", StoreCases::metadata));
  }

  private static void revisions(Side s) {
    s.put(put("a", "1"));
    s.put(put("a", "1"));
    s.delete(delete("none"));
    s.txn(txn());
    s.txn(then(op(put("a", "2")), op(put("b", "2")), op(delete("c"))));
    s.txn(then(op(delete("none")), op(get("a"))));
    s.grant(1000, 7);
    s.put(put("c", "3").setLease(7));
    s.put(put("d", "3").setLease(7));
    s.revoke(7);
    s.range(all());
    s.grant(1000, 7);
    s.revoke(7);
    s.delete(delete("\0", OPEN));
    s.range(all());
  }

  private static void lives(Side s) {
    for (int life = 0; life < 3; life++) {
      s.put(put("k", "1"));
      s.put(put("k", "2"));
      s.put(put("k", ""));
      s.range(get("k"));
      s.delete(delete("k").setPrevKv(true));
      s.range(get("k"));
    }
    for (int i = 0; i < 13; i++) {
      s.range(get("k").setRevision(s.rev(i)));
    }
  }

  private static void ranges(Side s) {
    for (String[] range : RANGES) {
      s.putAll(KEYS);
      s.range(range(range[0], range[1]));
      s.range(range(range[0], range[1]).setCountOnly(true));
      s.delete(delete(range[0], range[1]).setPrevKv(true));
      s.range(all().setKeysOnly(true));
    }
  }

  private static void compareRanges(Side s) {
    s.putAll(KEYS);
    for (String[] range : RANGES) {
      var inRange = compare(CompareResult.GREATER, CompareTarget.MOD, range[0]);
      s.txn(txn().addCompare(inRange.setModRevision(s.rev(5)).setRangeEnd(bytes(range[1]))));
      s.txn(txn().addCompare(inRange.setModRevision(0).setRangeEnd(bytes(range[1]))));
    }
  }

  private static void bytesOfAnyKind(Side s) {
    StringBuilder every = new StringBuilder();
    for (char c = 0; c < 256; c++) {
      every.append(c);
      s.put(put(String.valueOf(c), String.valueOf(c)));
    }
    s.put(put(every.toString(), every.toString()));
    s.put(put("empty", ""));
    s.put(put("ends in space ", " "));
    s.put(put("ends in space", "\0"));
    s.put(put("A", "case"));
    s.range(all());
    s.range(get("a"));
    s.range(range("A", "a"));
    s.put(put("k".repeat(2000), "long key"));
    s.range(range("k", "l"));
  }

  private static void headers(Side s) {
    s.put(put("a", "1"));
    s.put(put("a", "2"));
    s.range(get("a").setRevision(s.rev(1)));
    s.range(get("a").setSerializable(true));
    s.delete(delete("none"));
    s.delete(delete("a"));
    s.txn(txn());
    s.txn(then(op(get("a").setRevision(s.rev(1)))));
    s.txn(
        then(
            op(get("a")),
            op(delete("none")),
            op(put("a", "3")),
            op(get("a")),
            op(delete("none")),
            op(delete("a")),
            op(get("a")),
            op(then(op(put("n", "1")), op(get("n"))))));
    s.txn(then(op(then(op(get("a"))))));
    s.txn(then(op(txn()), op(then(op(txn())))));
    s.compact(s.rev(2));
    s.grant(1000, 9);
    s.put(put("l", "1").setLease(9));
    s.timeToLive(9, true);
    s.leases();
    var keepAlives = s.keepAlives();
    keepAlives.renew(9);
    s.revoke(9);
    keepAlives.renew(9);
    s.call(
        MaintenanceGrpc.getAlarmMethod(),
        AlarmRequest.getDefaultInstance(),
        AlarmResponse.getDefaultInstance());
  }

  private static void metadata(Side s) {
    withMetadata(s, "hasleader", "true");
    withMetadata(s, "client-api-version", "3.7");
    withMetadata(s, "client-api-version", "nonsense");
    withMetadata(s, "client-api-version", "\u00ff\u00fe");
    withMetadata(s, "token", "whatever");
    withMetadata(s, "authorization", "Bearer whatever");
  }

  private static void withMetadata(Side s, String name, String value) {
    Metadata metadata = new Metadata();
    metadata.put(InternalMetadata.keyOf(name, new RawAscii()), value);
    s.note("metadata", name);
    s.call(
        ClientInterceptors.intercept(
            s.client().channel(), MetadataUtils.newAttachHeadersInterceptor(metadata)),
        KVGrpc.getRangeMethod(),
        get("a").build(),
        RangeResponse.getDefaultInstance());
  }

  /** Sends bytes that are not ASCII too. */
  private static final class RawAscii implements InternalMetadata.TrustedAsciiMarshaller<String> {
    @Override
    public byte[] toAsciiString(String value) {
      return value.getBytes(StandardCharsets.ISO_8859_1);
    }

    @Override
    public String parseAsciiString(byte[] serialized) {
      return new String(serialized, StandardCharsets.ISO_8859_1);
    }
  }
}
