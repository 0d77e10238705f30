package wirebook.kernel.java.shell;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.StandardLocation;

/**
 * The files that cells are compiled against. Javac asks the class path for every package that it
 * comes across, and reads the index of each jar there for its first question. Wirebook's own jar
 * has nothing in the packages that each cell asks for, so that it is not read, which takes a tenth
 * of the time to the first result, before a cell uses something of it.
 *
 * <p>One at a time: JShell's search for the names of all classes asks for the path in a thread of
 * its own, and javac, which works a path out when it is first asked for, would then take that one
 * for what was set meanwhile.
 */
final class CompileClassPath extends ForwardingJavaFileManager<StandardJavaFileManager>
    implements StandardJavaFileManager {
  private static final String SNIPPETS = "REPL";

  /** With each task; it says how jars are read, and adds none. */
  private static final String MULTI_RELEASE = "--multi-release";

  private static final Set<String> CLASS_PATH = Set.of("-classpath", "--class-path", "-cp");

  /** Whether there is more than Wirebook's own jar. */
  private boolean added;

  CompileClassPath(StandardJavaFileManager files) {
    super(files);
  }

  @Override
  public synchronized Iterable<JavaFileObject> list(
      Location location, String packageName, Set<JavaFileObject.Kind> kinds, boolean recurse)
      throws IOException {
    boolean nothing =
        !added
            && !recurse
            && location == StandardLocation.CLASS_PATH
            && (packageName.isEmpty()
                || packageName.equals(SNIPPETS)
                || packageName.equals("java")
                || packageName.startsWith("java."));
    return nothing ? List.of() : super.list(location, packageName, kinds, recurse);
  }

  /** Asked for plug-ins of javac, which would be looked for in the jar: there are none. */
  @Override
  public ClassLoader getClassLoader(Location location) {
    return ClassLoader.getPlatformClassLoader();
  }

  @Override
  public synchronized boolean handleOption(String current, Iterator<String> remaining) {
    added |= !current.equals(MULTI_RELEASE);
    return super.handleOption(
        current, CLASS_PATH.contains(current) ? ownLast(remaining) : remaining);
  }

  /** What cells have added goes before what is here already, as it does where they run. */
  private static Iterator<String> ownLast(Iterator<String> remaining) {
    List<String> all = new ArrayList<>();
    remaining.forEachRemaining(all::add);
    String own = System.getProperty("java.class.path") + File.pathSeparator;
    if (!all.isEmpty() && all.getFirst().startsWith(own)) {
      String others = all.getFirst().substring(own.length());
      all.set(0, others + File.pathSeparator + System.getProperty("java.class.path"));
    }
    return all.iterator();
  }

  @Override
  public Iterable<? extends JavaFileObject> getJavaFileObjectsFromFiles(
      Iterable<? extends File> files) {
    return fileManager.getJavaFileObjectsFromFiles(files);
  }

  @Override
  public Iterable<? extends JavaFileObject> getJavaFileObjects(File... files) {
    return fileManager.getJavaFileObjects(files);
  }

  @Override
  public Iterable<? extends JavaFileObject> getJavaFileObjectsFromStrings(Iterable<String> names) {
    return fileManager.getJavaFileObjectsFromStrings(names);
  }

  @Override
  public Iterable<? extends JavaFileObject> getJavaFileObjects(String... names) {
    return fileManager.getJavaFileObjects(names);
  }

  @Override
  public Iterable<? extends JavaFileObject> getJavaFileObjectsFromPaths(
      Collection<? extends Path> paths) {
    return fileManager.getJavaFileObjectsFromPaths(paths);
  }

  @Override
  public Iterable<? extends JavaFileObject> getJavaFileObjects(Path... paths) {
    return fileManager.getJavaFileObjects(paths);
  }

  @Override
  public synchronized void setLocation(Location location, Iterable<? extends File> files)
      throws IOException {
    added = true;
    fileManager.setLocation(location, files);
  }

  @Override
  public synchronized void setLocationFromPaths(Location location, Collection<? extends Path> paths)
      throws IOException {
    added = true;
    fileManager.setLocationFromPaths(location, paths);
  }

  @Override
  public void setLocationForModule(
      Location location, String moduleName, Collection<? extends Path> paths) throws IOException {
    fileManager.setLocationForModule(location, moduleName, paths);
  }

  @Override
  public synchronized Iterable<? extends File> getLocation(Location location) {
    return fileManager.getLocation(location);
  }

  @Override
  public synchronized Iterable<? extends Path> getLocationAsPaths(Location location) {
    return fileManager.getLocationAsPaths(location);
  }

  @Override
  public void setPathFactory(PathFactory factory) {
    fileManager.setPathFactory(factory);
  }

  @Override
  public Path asPath(javax.tools.FileObject file) {
    return fileManager.asPath(file);
  }
}
