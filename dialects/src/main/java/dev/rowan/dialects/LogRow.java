package dev.rowan.dialects;

import com.google.protobuf.ByteString;

/**
 * One change of one key. A deletion has version 0, and then an empty value, no create revision and
 * no lease.
 *
 * @param id revision and sub, see {@link RowId}
 * @param createRevision revision of the put that began the key's present life; 0 for a deletion
 * @param version puts in the key's present life, from 1; 0 for a deletion
 * @param leaseId the lease the key is attached to; 0 for none
 */
public record LogRow(
    long id, ByteString key, ByteString value, long createRevision, long version, long leaseId) {

  public boolean deleted() {
    return version == 0;
  }

  public long revision() {
    return RowId.revision(id);
  }
}
