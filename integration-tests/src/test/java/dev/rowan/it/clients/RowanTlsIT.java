package dev.rowan.it.clients;

import dev.rowan.it.Rowan;
import dev.rowan.it.Server;

final class RowanTlsIT extends TlsContract {
  @Override
  Server start(String... flags) {
    return Rowan.overSqlite(flags);
  }
}
