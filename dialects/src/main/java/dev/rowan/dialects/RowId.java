package dev.rowan.dialects;

/**
 * The place of a row in the log: its revision and its number within that revision, packed into one
 * {@code long} so that a row costs the index eight bytes and every database one integer key.
 *
 * <p>Rows sort by id as they sort by (revision, sub). Example: sub 3 of revision 7 is {@code 7 <<
 * 22 | 3}.
 */
public final class RowId {
  /** Bits of an id that hold the sub: 4,194,304 rows in one revision. */
  public static final int SUB_BITS = 22;

  /** Greatest sub. A transaction that would change more keys is refused. */
  public static final int SUB_MAX = (1 << SUB_BITS) - 1;

  /** Greatest revision: 2.2e12, which is 69 years of 1,000 writes a second. */
  public static final long REVISION_MAX = Long.MAX_VALUE >> SUB_BITS;

  private RowId() {}

  /** Packs a revision (1 to {@link #REVISION_MAX}) and a sub (0 to {@link #SUB_MAX}). */
  public static long of(long revision, int sub) {
    return revision << SUB_BITS | sub;
  }

  public static long revision(long id) {
    return id >> SUB_BITS;
  }

  public static int sub(long id) {
    return (int) id & SUB_MAX;
  }

  /** The smallest id of a revision. */
  public static long first(long revision) {
    return of(revision, 0);
  }

  /** The greatest id of a revision. */
  public static long last(long revision) {
    return of(revision, SUB_MAX);
  }
}
