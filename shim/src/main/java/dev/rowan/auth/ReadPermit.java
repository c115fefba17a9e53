package dev.rowan.auth;

import dev.rowan.error.EtcdError;
import org.jspecify.annotations.Nullable;

/**
 * The leave to read what was asked for, given before the read and confirmed after it (KV-13): if
 * the auth store was changed in between, what was read may be newer than the permission. Safe for
 * any thread.
 */
public final class ReadPermit {
  /** Of reads while auth is off. */
  static final ReadPermit FREE = new ReadPermit(null, 0);

  private final @Nullable AuthBook book;
  private final long authRevision;

  private ReadPermit(@Nullable AuthBook book, long authRevision) {
    this.book = book;
    this.authRevision = authRevision;
  }

  static ReadPermit of(AuthBook book, long authRevision) {
    return new ReadPermit(book, authRevision);
  }

  /**
   * Throws the refusal if the auth store has changed since, or may have; call it before each
   * answer.
   */
  public void confirm() {
    if (book != null && (book.behind() || book.current().revision() != authRevision)) {
      throw EtcdError.AUTH_OLD_REVISION.exception();
    }
  }
}
