package wirebook.engine.shell;

import static wirebook.engine.shell.JqValues.NULL;
import static wirebook.engine.shell.JqValues.ORDER;
import static wirebook.engine.shell.JqValues.array;
import static wirebook.engine.shell.JqValues.at;
import static wirebook.engine.shell.JqValues.by;
import static wirebook.engine.shell.JqValues.contains;
import static wirebook.engine.shell.JqValues.distinct;
import static wirebook.engine.shell.JqValues.each;
import static wirebook.engine.shell.JqValues.grouped;
import static wirebook.engine.shell.JqValues.is;
import static wirebook.engine.shell.JqValues.keys;
import static wirebook.engine.shell.JqValues.matches;
import static wirebook.engine.shell.JqValues.number;
import static wirebook.engine.shell.JqValues.real;
import static wirebook.engine.shell.JqValues.shown;
import static wirebook.engine.shell.JqValues.string;
import static wirebook.engine.shell.JqValues.truth;
import static wirebook.engine.shell.JqValues.type;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import wirebook.codec.Json;
import wirebook.engine.shell.Jq.Values;

/** jq's functions, as many of them as are here. */
final class JqFunctions {
  private JqFunctions() {}

  /** The function of this name with so many arguments. */
  static Optional<Values> of(String name, List<Values> arguments) {
    @Nullable Values function =
        switch (name + "/" + arguments.size()) {
          case "true/0" -> constant(is(true));
          case "false/0" -> constant(is(false));
          case "null/0" -> constant(NULL);
          case "empty/0" -> in -> Stream.empty();
          case "not/0" -> map(v -> is(!truth(v)));
          case "length/0" -> map(JqValues::length);
          case "keys/0" -> map(v -> keys(v, true));
          case "keys_unsorted/0" -> map(v -> keys(v, false));
          case "values/0" -> in -> in instanceof Json.Null ? Stream.empty() : Stream.of(in);
          case "type/0" -> map(v -> Json.of(type(v)));
          case "first/0" -> map(v -> at(v, number(0)));
          case "last/0" -> map(v -> at(v, number(-1)));
          case "reverse/0" -> map(v -> array(each(v).toList().reversed().stream()));
          case "sort/0" -> map(v -> array(each(v).sorted(ORDER)));
          case "unique/0" -> map(v -> array(distinct(each(v).sorted(ORDER).toList(), Stream::of)));
          case "min/0" -> map(v -> each(v).min(ORDER).orElse(NULL));
          case "max/0" -> map(v -> each(v).max(ORDER).orElse(NULL));
          case "add/0" -> map(v -> each(v).reduce(NULL, JqValues::plus));
          case "any/0" -> map(v -> is(each(v).anyMatch(JqValues::truth)));
          case "any/1" ->
              map(v -> is(each(v).flatMap(arguments.getFirst()::of).anyMatch(JqValues::truth)));
          case "all/1" ->
              map(v -> is(each(v).flatMap(arguments.getFirst()::of).allMatch(JqValues::truth)));
          case "all/0" -> map(v -> is(each(v).allMatch(JqValues::truth)));
          case "flatten/0" -> map(v -> array(each(v).flatMap(JqValues::flat)));
          case "tostring/0" -> map(v -> Json.of(shown(v)));
          case "tojson/0" -> map(v -> Json.of(Jq.json(v)));
          case "tonumber/0" -> map(JqValues::tonumber);
          case "ascii_downcase/0" -> map(v -> Json.of(string(v).toLowerCase(Locale.ROOT)));
          case "ascii_upcase/0" -> map(v -> Json.of(string(v).toUpperCase(Locale.ROOT)));
          case "to_entries/0" -> map(JqValues::entries);
          case "map/1" -> map(v -> array(each(v).flatMap(arguments.getFirst()::of)));
          case "select/1" ->
              in -> arguments.getFirst().of(in).filter(JqValues::truth).map(yes -> in);
          case "sort_by/1" -> map(v -> array(each(v).sorted(by(arguments.getFirst()))));
          case "unique_by/1" ->
              map(
                  v ->
                      array(
                          distinct(
                              each(v).sorted(by(arguments.getFirst())).toList(),
                              arguments.getFirst())));
          case "group_by/1" -> map(v -> grouped(v, arguments.getFirst()));
          case "min_by/1" -> map(v -> each(v).min(by(arguments.getFirst())).orElse(NULL));
          case "max_by/1" -> map(v -> each(v).max(by(arguments.getFirst())).orElse(NULL));
          case "first/1" -> in -> arguments.getFirst().of(in).limit(1);
          case "limit/2" ->
              in ->
                  arguments
                      .getFirst()
                      .of(in)
                      .flatMap(n -> arguments.getLast().of(in).limit(Math.max(0, (long) real(n))));
          case "join/1" ->
              with(
                  arguments.getFirst(),
                  (v, s) ->
                      Json.of(
                          String.join(
                              string(s),
                              each(v).map(e -> e instanceof Json.Null ? "" : shown(e)).toList())));
          case "split/1" ->
              with(
                  arguments.getFirst(),
                  (v, s) ->
                      array(
                          Stream.of(string(v).split(Pattern.quote(string(s)), -1)).map(Json::of)));
          case "has/1" ->
              with(
                  arguments.getFirst(),
                  (v, k) ->
                      is(
                          v instanceof Json.Obj o
                              ? o.has(string(k))
                              : v instanceof Json.Arr(var a)
                                  && real(k) >= 0
                                  && real(k) < a.size()));
          case "contains/1" -> with(arguments.getFirst(), (v, part) -> is(contains(v, part)));
          case "startswith/1" ->
              with(arguments.getFirst(), (v, s) -> is(string(v).startsWith(string(s))));
          case "endswith/1" ->
              with(arguments.getFirst(), (v, s) -> is(string(v).endsWith(string(s))));
          case "test/1" -> with(arguments.getFirst(), (v, s) -> is(matches(string(v), string(s))));
          default -> null;
        };
    return Optional.ofNullable(function);
  }

  static Values constant(Json value) {
    return in -> Stream.of(value);
  }

  private static Values map(Function<Json, Json> function) {
    return in -> Stream.of(function.apply(in));
  }

  private static Values with(Values argument, BinaryOperator<Json> function) {
    return in -> argument.of(in).map(a -> function.apply(in, a));
  }
}
