package dev.rowan.dialects.mysql;

import dev.rowan.dialects.LogException;
import dev.rowan.dialects.RevisionLog;
import dev.rowan.dialects.RevisionLogContract;

final class MysqlLogTest extends RevisionLogContract {
  private final String database = Server.newDatabase();

  @Override
  protected RevisionLog open() throws LogException {
    return MysqlLog.open(Server.host(), database, Server.login());
  }
}
