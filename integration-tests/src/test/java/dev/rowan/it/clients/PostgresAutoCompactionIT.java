package dev.rowan.it.clients;

import dev.rowan.it.Postgres;
import dev.rowan.it.Rowan;
import dev.rowan.it.Server;
import java.util.ArrayList;
import java.util.List;

/** Two instances of Rowan over one PostgreSQL database. */
final class PostgresAutoCompactionIT extends AutoCompactionContract {
  @Override
  List<Server> start(String... flags) {
    String database = Postgres.newDatabase();
    List<String> named = new ArrayList<>(List.of(flags));
    named.add("--name=other");
    return List.of(Rowan.over(database, flags), Rowan.over(database, named.toArray(String[]::new)));
  }
}
