package dev.rowan;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The table of etcd's API, and what of it the code serves.
 *
 * @param messages the fields of each message, by its whole name
 * @param calls as they stand on the wire: {@code etcdserverpb.KV/Range}
 */
record Wire(Map<String, List<String>> messages, List<String> calls) {
  private static final Path TABLE = Sources.ROOT.resolve("proto/src/test/resources/etcd-wire.tsv");

  /** A class that implements a service, or replaces the generated binding of one method. */
  private static final Pattern SERVICE = Pattern.compile("extends (\\w+)Grpc\\.\\w+ImplBase");

  private static final Pattern BOUND = Pattern.compile("\\b(\\w+)Grpc\\.get(\\w+)Method\\(\\)");
  private static final Pattern METHOD =
      Pattern.compile("@Override\\s+public [\\w<>]+ (\\w)(\\w*)\\(");

  static Wire read() throws IOException {
    Map<String, List<String>> messages = new LinkedHashMap<>();
    List<String> calls = new ArrayList<>();
    for (String line : Files.readAllLines(TABLE)) {
      String[] cells = line.split("\t", -1);
      if (cells[0].equals("field")) {
        List<String> fields = messages.computeIfAbsent(cells[1], name -> new ArrayList<>());
        if (!cells[2].equals("-")) {
          fields.add(cells[4]);
        }
      } else if (cells[0].equals("rpc")) {
        calls.add(cells[1] + "/" + cells[2]);
      }
    }
    return new Wire(messages, calls);
  }

  /** The simple name of each message, service and method, with what may follow it after a dot. */
  Map<String, String> names() {
    Map<String, String> names = new HashMap<>();
    messages.forEach((name, fields) ->
        names.put(name.substring(name.lastIndexOf('.') + 1), String.join(" ", fields)));
    for (String call : calls) {
      String[] parts = call.substring(call.indexOf('.') + 1).split("/", -1);
      names.merge(parts[0], parts[1], (a, b) -> a + " " + b);
      names.putIfAbsent(parts[1], "");
    }
    return names;
  }

  /** The methods that each service of ours implements. */
  static Map<String, Set<String>> served() throws IOException {
    Map<String, Set<String>> served = new HashMap<>();
    for (Path source : Sources.main()) {
      String code = Files.readString(source);
      Matcher service = SERVICE.matcher(code);
      if (service.find()) {
        Set<String> methods = served.computeIfAbsent(service.group(1), name -> new TreeSet<>());
        Matcher method = METHOD.matcher(code);
        while (method.find()) {
          methods.add(method.group(1).toUpperCase(Locale.ROOT) + method.group(2));
        }
      }
      Matcher bound = BOUND.matcher(code);
      while (bound.find()) {
        served.computeIfAbsent(bound.group(1), name -> new TreeSet<>()).add(bound.group(2));
      }
    }
    return served;
  }
}
