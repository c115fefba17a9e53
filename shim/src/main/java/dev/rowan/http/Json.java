package dev.rowan.http;

import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.MessageOrBuilder;
import com.google.protobuf.util.JsonFormat;
import io.grpc.Status;
import io.grpc.StatusException;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;

/** Messages as the gateway has them in JSON (H-6). */
final class Json {
  private static final JsonFormat.Parser PARSER = JsonFormat.parser().ignoringUnknownFields();
  private static final JsonFormat.Printer PRINTER =
      JsonFormat.printer().preservingProtoFieldNames().omittingInsignificantWhitespace();

  private Json() {}

  /** A message as JSON on one line. */
  static String print(MessageOrBuilder message) {
    try {
      return PRINTER.print(message);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("only an Any has no JSON, and etcd's API has none", e);
    }
  }

  /**
   * Reads a JSON object as a message.
   *
   * @throws StatusException if it is not JSON, names a field twice, or does not fit the message
   */
  static Message parse(ByteString json, Message prototype) throws StatusException {
    try {
      String text =
          StandardCharsets.UTF_8.newDecoder().decode(json.asReadOnlyByteBuffer()).toString();
      check(text);
      Message.Builder message = prototype.newBuilderForType();
      PARSER.merge(text, message);
      return message.build();
    } catch (CharacterCodingException e) {
      throw JsonObjects.malformed("the request's body is not UTF-8");
    } catch (InvalidProtocolBufferException e) {
      throw JsonObjects.malformed("the request's body does not fit: " + e.getMessage());
    } catch (IOException | RuntimeException e) {
      throw JsonObjects.malformed("the request's body is not JSON: " + e.getMessage());
    }
  }

  /**
   * The parser of messages is lenient: it takes what is nearly JSON, and the last of two fields.
   */
  private static void check(String text) throws IOException, StatusException {
    var reader = new JsonReader(new StringReader(text));
    reader.setStrictness(Strictness.STRICT);
    Deque<Set<String>> objects = new ArrayDeque<>();
    while (true) {
      JsonToken token = reader.peek();
      switch (token) {
        case BEGIN_OBJECT -> {
          reader.beginObject();
          objects.push(new HashSet<>());
        }
        case END_OBJECT -> {
          reader.endObject();
          objects.pop();
        }
        case BEGIN_ARRAY -> reader.beginArray();
        case END_ARRAY -> reader.endArray();
        case NAME -> {
          String name = reader.nextName();
          if (!objects.getFirst().add(name)) {
            throw Status.INVALID_ARGUMENT
                .withDescription("the request's body has the field \"" + name + "\" twice")
                .asException();
          }
        }
        case STRING, NUMBER, BOOLEAN, NULL -> reader.skipValue();
        case END_DOCUMENT -> {
          return;
        }
      }
    }
  }
}
