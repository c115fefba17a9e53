package dev.rowan.dialects;

import java.util.List;

/**
 * One running server over a shared log, as it tells of itself.
 *
 * @param id drawn by the process when it starts
 * @param memberId the same after every restart
 * @param clientUrls where clients reach it
 */
public record Instance(long id, long memberId, String name, List<String> clientUrls) {
  public Instance {
    clientUrls = List.copyOf(clientUrls);
  }
}
