package wirebook.engine.http.file;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import wirebook.engine.http.HttpResponse;
import wirebook.engine.http.HttpTransfer;
import wirebook.spi.Diagnostic;
import wirebook.spi.MagicException;

/** Does with a response what its request says. */
public final class Handling {
  private Handling() {}

  /**
   * Does one thing.
   *
   * @param transfer that has a response
   * @param folder where files are written
   * @param own the variables of the request alone
   * @param globals what handlers keep; the resolver is told of them
   * @param log where {@code client.log} writes
   * @throws MagicException when a file cannot be written
   */
  public static List<Check> done(
      HttpFile.After after,
      HttpTransfer transfer,
      VariableResolver resolver,
      Path folder,
      Map<String, String> own,
      Map<String, String> globals,
      PrintStream log) {
    HttpResponse response = transfer.response().orElseThrow();
    return switch (after) {
      case HttpFile.After.Run(Script script) -> {
        List<Check> checks = script.run(Optional.of(response), own, globals, log::println);
        globals.forEach(resolver::set);
        yield checks;
      }
      case HttpFile.After.Expect(Expectation expectation) ->
          List.of(
              expectation.check(
                  transfer,
                  resolver.fill(Template.parse(expectation.value(), expectation.span().start()))));
      case HttpFile.After.Save save -> {
        save(save, response, resolver, folder, log);
        yield List.of();
      }
    };
  }

  /**
   * Runs what stands ahead of a request, and tells the resolver what it set.
   *
   * @return the variables of the request alone
   */
  public static Map<String, String> ahead(
      HttpFile.Request request,
      VariableResolver resolver,
      Map<String, String> globals,
      List<Check> checks,
      PrintStream log) {
    Map<String, String> own = new HashMap<>();
    for (Script script : request.before()) {
      checks.addAll(script.run(Optional.empty(), own, globals, log::println));
    }
    globals.forEach(resolver::set);
    resolver.own(own);
    return own;
  }

  private static void save(
      HttpFile.After.Save save,
      HttpResponse response,
      VariableResolver resolver,
      Path folder,
      PrintStream log) {
    String name = resolver.fill(save.path());
    try {
      Path path = folder.resolve(name);
      // Without the ! what is there stays, and the new one gets a number, as in the editors.
      for (int i = 1; !save.over() && Files.exists(path); i++) {
        int dot =
            name.lastIndexOf('.') > name.lastIndexOf('/') ? name.lastIndexOf('.') : name.length();
        path = folder.resolve(name.substring(0, dot) + "-" + i + name.substring(dot));
      }
      if (path.getParent() != null) {
        Files.createDirectories(path.getParent());
      }
      Files.write(path, response.content().toArray());
      log.println("# " + response.content().length() + " bytes in " + folder.relativize(path));
    } catch (IOException | IllegalArgumentException e) {
      throw new MagicException(
          new Diagnostic(
              "HTTP044",
              save.span(),
              name + " cannot be written",
              "It would be in " + folder + "."));
    }
  }
}
