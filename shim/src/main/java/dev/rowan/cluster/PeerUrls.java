package dev.rowan.cluster;

import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Which URLs etcd takes for a peer's (CL-3), and what they mean. */
public final class PeerUrls {
  /** Host and port and nothing behind; the host may be empty, or an address in brackets. */
  private static final Pattern HTTP =
      Pattern.compile(
          "(?i)https?://(?:[^/?#@\\s]*@)?(?:\\[[^\\[\\]\\s]+\\]|[^:\\[\\]/?#@\\s]*):[0-9]*(?:[?#].*)?");

  /** The host and the port of such a one, where there are both. */
  private static final Pattern ADDRESS =
      Pattern.compile("(?i)https?://(?:[^/?#@]*@)?([^/?#@]+:[0-9]+)(?:[/?#].*)?");

  private static final Pattern UNIX = Pattern.compile("(?i)unixs?:[^\\p{Cntrl}]*");

  private PeerUrls() {}

  /** Whether these may be a member's: at least one, each http, https, unix or unixs. */
  public static boolean valid(List<String> urls) {
    return !urls.isEmpty() && urls.stream().allMatch(PeerUrls::valid);
  }

  private static boolean valid(String url) {
    String stripped = url.strip();
    return HTTP.matcher(stripped).matches() || UNIX.matcher(stripped).matches();
  }

  /** URLs that are valid as etcd keeps them: trimmed, with a lower-case scheme, sorted. */
  public static List<String> normalized(List<String> urls) {
    return urls.stream().map(PeerUrls::normalized).sorted().toList();
  }

  private static String normalized(String url) {
    String stripped = url.strip();
    int scheme = stripped.indexOf(':');
    return stripped.substring(0, scheme).toLowerCase(Locale.ROOT) + stripped.substring(scheme);
  }

  /** The host:port of a URL; null if it has none, which only an unchecked one has not (CL-5). */
  public static @Nullable String address(String url) {
    Matcher matcher = ADDRESS.matcher(url);
    return matcher.matches() ? matcher.group(1) : null;
  }
}
