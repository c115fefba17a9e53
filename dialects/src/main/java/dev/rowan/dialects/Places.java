package dev.rowan.dialects;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Where each id stood in a list of ids, so that rows that a database returns in its own order can
 * be put back into the list's. An id may stand in it more than once. Immutable.
 */
public final class Places {
  private final boolean ascending;
  private final int[] placeBySorted;
  private final long[] sorted;

  public Places(long[] ids) {
    ascending = ascending(ids);
    placeBySorted = ascending ? new int[0] : sortedPlaces(ids);
    sorted = ascending ? ids : Arrays.stream(placeBySorted).mapToLong(i -> ids[i]).toArray();
  }

  private static boolean ascending(long[] ids) {
    for (int i = 1; i < ids.length; i++) {
      if (ids[i - 1] >= ids[i]) {
        return false;
      }
    }
    return true;
  }

  private static int[] sortedPlaces(long[] ids) {
    Integer[] places = new Integer[ids.length];
    Arrays.setAll(places, i -> i);
    Arrays.sort(places, (a, b) -> Long.compare(ids[a], ids[b]));
    return Arrays.stream(places).mapToInt(Integer::intValue).toArray();
  }

  /** Puts a row wherever its id stood. */
  public void put(LogRow row, @Nullable LogRow[] found) {
    int at = Arrays.binarySearch(sorted, row.id());
    if (ascending) {
      found[at] = row;
      return;
    }
    while (at > 0 && sorted[at - 1] == row.id()) {
      at--;
    }
    for (; at < sorted.length && sorted[at] == row.id(); at++) {
      found[placeBySorted[at]] = row;
    }
  }
}
