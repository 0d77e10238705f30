package wirebook.kernel.java.magics;

import java.net.MalformedURLException;
import java.net.URL;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import wirebook.kernel.maven.MavenLookup.Repository;

/** What cells have added to the class path, and where they look for more. Safe for threads. */
public final class Libraries {
  /** {@code name-1.2.jar}, as Maven calls its files. */
  private static final Pattern VERSIONED = Pattern.compile("(.+)-(\\d[^/]*)\\.jar");

  private final Set<Path> classPath = new LinkedHashSet<>();
  private final Map<String, String> versions = new LinkedHashMap<>();
  private final Map<String, Repository> repositories = new LinkedHashMap<>();

  /** Those of the paths that were not there before. */
  public synchronized List<Path> add(List<Path> paths) {
    List<Path> fresh = new ArrayList<>();
    for (Path path : paths) {
      Path absolute = path.toAbsolutePath().normalize();
      if (classPath.add(absolute)) {
        fresh.add(absolute);
        Matcher m = VERSIONED.matcher(String.valueOf(absolute.getFileName()));
        if (m.matches()) {
          versions.putIfAbsent(m.group(1), m.group(2));
        }
      }
    }
    return fresh;
  }

  /** The version of an artifact that is there already, or {@code otherwise}. */
  synchronized String version(String artifact, String otherwise) {
    return versions.getOrDefault(artifact, otherwise);
  }

  public synchronized List<Path> paths() {
    return List.copyOf(classPath);
  }

  public synchronized URL[] urls() {
    List<URL> urls = new ArrayList<>();
    for (Path path : classPath) {
      try {
        urls.add(path.toUri().toURL());
      } catch (MalformedURLException e) {
        throw new IllegalStateException(e);
      }
    }
    return urls.toArray(new URL[0]);
  }

  synchronized void addRepository(Repository repository) {
    repositories.put(repository.id(), repository);
  }

  synchronized List<Repository> repositories() {
    return List.copyOf(repositories.values());
  }

  public synchronized void clear() {
    classPath.clear();
    versions.clear();
    repositories.clear();
  }
}
