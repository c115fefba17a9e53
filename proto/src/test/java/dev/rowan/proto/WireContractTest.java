package dev.rowan.proto;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.api.AnnotationsProto;
import com.google.api.HttpRule;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.Descriptors.OneofDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import dev.rowan.proto.authpb.Auth;
import dev.rowan.proto.etcdserverpb.Rpc;
import dev.rowan.proto.mvccpb.Kv;
import dev.rowan.proto.v3electionpb.V3Election;
import dev.rowan.proto.v3lockpb.V3Lock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Our messages and services are those of the table of etcd's API, number for number, and nothing
 * besides. Both sides are compared as lines of that table.
 */
class WireContractTest {
  private static final Path TABLE = Path.of("src/test/resources/etcd-wire.tsv");
  private static final Path SOURCES = Path.of("src/main/proto");

  /** What only Rowan's own members read. */
  private static final String OWN = "quorum.proto";

  private static final List<FileDescriptor> FILES =
      List.of(
          Auth.getDescriptor(),
          Kv.getDescriptor(),
          Rpc.getDescriptor(),
          V3Election.getDescriptor(),
          V3Lock.getDescriptor());

  @Test
  void everyProtoFileIsCompared() throws IOException {
    try (Stream<Path> sources = Files.list(SOURCES)) {
      List<String> names =
          sources
              .map(path -> path.getFileName().toString())
              .filter(name -> !name.equals(OWN))
              .toList();
      assertThat(names)
          .containsExactlyInAnyOrderElementsOf(
              FILES.stream().map(FileDescriptor::getName).toList());
    }
  }

  @Test
  void enumValuesAreThoseOfTheTable() throws IOException {
    List<String> ours = new ArrayList<>();
    for (FileDescriptor file : FILES) {
      file.getEnumTypes().forEach(type -> addEnum(type, ours));
      file.getMessageTypes().forEach(message -> addEnums(message, ours));
    }

    assertThat(ours).containsExactlyInAnyOrderElementsOf(table("enum"));
  }

  @Test
  void fieldsAreThoseOfTheTable() throws IOException {
    List<String> ours = new ArrayList<>();
    for (FileDescriptor file : FILES) {
      file.getMessageTypes().forEach(message -> addFields(message, ours));
    }

    assertThat(ours).containsExactlyInAnyOrderElementsOf(table("field"));
  }

  @Test
  void callsAreThoseOfTheTable() throws IOException {
    List<String> ours = new ArrayList<>();
    for (FileDescriptor file : FILES) {
      for (ServiceDescriptor service : file.getServices()) {
        service.getMethods().forEach(method -> ours.add(call(method)));
      }
    }

    assertThat(ours).containsExactlyInAnyOrderElementsOf(table("rpc"));
  }

  /** Extensions and top-level names of other packages would be wire that the table doesn't show. */
  @Test
  void nothingElseIsDeclared() {
    for (FileDescriptor file : FILES) {
      assertThat(file.getExtensions()).isEmpty();
      for (Descriptor message : file.getMessageTypes()) {
        assertThat(message.getExtensions()).isEmpty();
        assertThat(message.getOneofs()).hasSameSizeAs(message.getRealOneofs());
      }
    }
  }

  private static List<String> table(String kind) throws IOException {
    return Files.readAllLines(TABLE).stream().filter(line -> line.startsWith(kind + "\t")).toList();
  }

  private static String line(Object... cells) {
    return String.join("\t", Stream.of(cells).map(String::valueOf).toList());
  }

  private static void addEnums(Descriptor message, List<String> lines) {
    message.getEnumTypes().forEach(type -> addEnum(type, lines));
    message.getNestedTypes().forEach(nested -> addEnums(nested, lines));
  }

  private static void addEnum(EnumDescriptor type, List<String> lines) {
    for (EnumValueDescriptor value : type.getValues()) {
      lines.add(line("enum", type.getFullName(), value.getName(), value.getNumber()));
    }
  }

  private static void addFields(Descriptor message, List<String> lines) {
    if (message.getFields().isEmpty()) {
      lines.add(line("field", message.getFullName(), "-", "-", "(no fields)", "-"));
    }
    for (FieldDescriptor field : message.getFields()) {
      lines.add(
          line(
              "field",
              message.getFullName(),
              field.getNumber(),
              type(field),
              field.getName(),
              multiplicity(field)));
    }
    message.getNestedTypes().forEach(nested -> addFields(nested, lines));
  }

  private static String type(FieldDescriptor field) {
    return switch (field.getType()) {
      case MESSAGE -> field.getMessageType().getFullName();
      case ENUM -> field.getEnumType().getFullName();
      default ->
          field.getType().toProto().name().substring("TYPE_".length()).toLowerCase(Locale.ROOT);
    };
  }

  private static String multiplicity(FieldDescriptor field) {
    OneofDescriptor oneof = field.getContainingOneof();
    if (oneof != null) {
      return "oneof:" + oneof.getName();
    }
    return field.isRepeated() ? "repeated" : "-";
  }

  private static String call(MethodDescriptor method) {
    return line(
        "rpc",
        method.getService().getFullName(),
        method.getName(),
        method.getInputType().getFullName(),
        method.getOutputType().getFullName(),
        streaming(method),
        path(method));
  }

  private static String streaming(MethodDescriptor method) {
    if (method.isClientStreaming()) {
      return method.isServerStreaming() ? "bidi" : "client-stream";
    }
    return method.isServerStreaming() ? "server-stream" : "unary";
  }

  /** The path of the first binding: POST, with the whole message as its body. */
  private static String path(MethodDescriptor method) {
    if (!method.getOptions().hasExtension(AnnotationsProto.http)) {
      return "-";
    }
    HttpRule rule = method.getOptions().getExtension(AnnotationsProto.http);
    HttpRule plain = HttpRule.newBuilder().setPost(rule.getPost()).setBody("*").build();
    HttpRule first = rule.toBuilder().clearAdditionalBindings().build();
    return first.equals(plain) ? rule.getPost() : rule.toString();
  }
}
