package wirebook.engine.python;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A Python program, as it tells of itself.
 *
 * @param version of the language, {@code 3.12.4}
 * @param path where {@code import} looks, in order
 * @param missing modules that making an environment takes and that it does not have
 * @param managed what it says to {@code pip install}, when its packages are another program's
 *     business (PEP 668)
 * @param module where {@code import} would take the module from that was asked for
 */
public record PythonInterpreter(
    String executable,
    String version,
    String prefix,
    String basePrefix,
    List<String> path,
    List<String> missing,
    Optional<String> managed,
    Optional<String> module) {
  /** Asks a Python, also one of the last century, with the name of a module as its argument. */
  public static final String QUESTION =
      """
      import sys, os
      def say(name, value): print(name + '=' + str(value))
      say('executable', sys.executable)
      say('version', '.'.join([str(n) for n in sys.version_info[:3]]))
      say('prefix', sys.prefix)
      say('base', getattr(sys, 'base_prefix', sys.prefix))
      for p in sys.path[1:] if sys.path and sys.path[0] == '' else sys.path: say('path', p)
      if sys.version_info[0] >= 3:
          import importlib.util, sysconfig
          for name in ('venv', 'ensurepip'):
              if importlib.util.find_spec(name) is None: say('missing', name)
          found = importlib.util.find_spec(sys.argv[1])
          if found is not None: say('module', found.origin or list(found.submodule_search_locations)[0])
          note = os.path.join(sysconfig.get_path('stdlib', sysconfig.get_default_scheme()), 'EXTERNALLY-MANAGED')
          if sys.prefix == sys.base_prefix and os.path.exists(note):
              import configparser
              c = configparser.ConfigParser(interpolation=None)
              try: c.read(note); say('managed', c['externally-managed']['Error'].replace('\\n', '\\\\n'))
              except Exception: say('managed', 'This environment is externally managed')
      """;

  public PythonInterpreter {
    path = List.copyOf(path);
    missing = List.copyOf(missing);
  }

  /** From the answer to {@link #QUESTION}; empty when that is no Python's. */
  public static Optional<PythonInterpreter> parse(List<String> answer) {
    Map<String, List<String>> all = new HashMap<>();
    for (String line : answer) {
      String[] parts = line.split("=", 2);
      if (parts.length == 2) {
        all.computeIfAbsent(parts[0], _ -> new java.util.ArrayList<>()).add(parts[1]);
      }
    }
    if (!all.containsKey("version")) {
      return Optional.empty();
    }
    return Optional.of(
        new PythonInterpreter(
            one(all, "executable").orElse(""),
            one(all, "version").orElse(""),
            one(all, "prefix").orElse(""),
            one(all, "base").orElse(""),
            all.getOrDefault("path", List.of()),
            all.getOrDefault("missing", List.of()),
            one(all, "managed").map(text -> text.replace("\\n", "\n")),
            one(all, "module")));
  }

  private static Optional<String> one(Map<String, List<String>> all, String name) {
    return Optional.ofNullable(all.get(name)).map(List::getFirst);
  }

  /** Whether it speaks Python 3. */
  public boolean isThree() {
    return version.startsWith("3.");
  }
}
