package dev.rowan.cluster;

import java.util.List;
import java.util.regex.Pattern;

/** Which URLs etcd takes for a peer's (CL-3). */
final class PeerUrls {
  /** Host and port and nothing behind; the host may be empty, or an address in brackets. */
  private static final Pattern HTTP =
      Pattern.compile(
          "(?i)https?://(?:[^/?#@\\s]*@)?(?:\\[[^\\[\\]\\s]+\\]|[^:\\[\\]/?#@\\s]*):[0-9]*(?:[?#].*)?");

  private static final Pattern UNIX = Pattern.compile("(?i)unixs?:[^\\p{Cntrl}]*");

  private PeerUrls() {}

  /** Whether these may be a member's: at least one, each http, https, unix or unixs. */
  static boolean valid(List<String> urls) {
    return !urls.isEmpty() && urls.stream().allMatch(PeerUrls::valid);
  }

  private static boolean valid(String url) {
    String stripped = url.strip();
    return HTTP.matcher(stripped).matches() || UNIX.matcher(stripped).matches();
  }
}
