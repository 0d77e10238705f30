package wirebook.kernel.maven;

import eu.maveniverse.maven.mima.context.Context;
import eu.maveniverse.maven.mima.context.ContextOverrides;
import eu.maveniverse.maven.mima.context.ContextOverrides.AddRepositoriesOp;
import eu.maveniverse.maven.mima.context.Runtimes;
import eu.maveniverse.maven.mima.extensions.mmr.MavenModelReader;
import eu.maveniverse.maven.mima.extensions.mmr.ModelRequest;
import eu.maveniverse.maven.mima.extensions.mmr.ModelResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import org.apache.maven.settings.building.DefaultSettingsBuildingRequest;
import org.apache.maven.settings.building.SettingsBuilder;
import org.apache.maven.settings.building.SettingsBuildingException;
import org.eclipse.aether.DefaultRepositorySystemSession;
import org.eclipse.aether.RepositoryException;
import org.eclipse.aether.artifact.Artifact;
import org.eclipse.aether.artifact.DefaultArtifact;
import org.eclipse.aether.collection.CollectRequest;
import org.eclipse.aether.graph.Dependency;
import org.eclipse.aether.repository.RemoteRepository;
import org.eclipse.aether.resolution.ArtifactDescriptorResult;
import org.eclipse.aether.resolution.ArtifactResult;
import org.eclipse.aether.resolution.DependencyRequest;
import org.eclipse.aether.transfer.AbstractTransferListener;
import org.eclipse.aether.transfer.ChecksumFailureException;
import org.eclipse.aether.transfer.TransferCancelledException;
import org.eclipse.aether.transfer.TransferEvent;
import org.eclipse.aether.util.filter.DependencyFilterUtils;

/**
 * Finds artifacts and all that they need, as Maven itself does: with the mirrors, proxies, servers
 * and profiles of {@code ~/.m2/settings.xml}, and through the local repository that Maven fills as
 * well.
 */
public final class MavenLookup {
  /** What is taken from a POM when no scopes are named. */
  public static final Set<String> RUN_SCOPES = Set.of("compile", "runtime", "system");

  private final List<RemoteRepository> repositories;
  private final Progress progress;
  private final boolean offline;
  private final UnaryOperator<ContextOverrides.Builder> surroundings;

  /** Told what is downloaded. Called by several threads. */
  public interface Progress {
    /**
     * @param file what comes just now
     * @param files how many have come or are coming
     * @param bytes of all of them so far
     */
    void downloading(String file, int files, long bytes);

    /** Whether nobody waits for the result any more. */
    boolean cancelled();
  }

  /** A place to look in, besides those of settings.xml and Maven Central. */
  public record Repository(String id, String url) {}

  /** What was found. */
  public record Jar(Coordinates coordinates, Path file) {}

  /**
   * @param extra looked in first, in this order
   * @param offline whether only what was downloaded before is used
   */
  public MavenLookup(List<Repository> extra, boolean offline, Progress progress) {
    this(extra, offline, progress, builder -> builder);
  }

  /**
   * @param surroundings changes where settings and the local repository are
   */
  MavenLookup(
      List<Repository> extra,
      boolean offline,
      Progress progress,
      UnaryOperator<ContextOverrides.Builder> surroundings) {
    this.offline = offline;
    this.surroundings = surroundings;
    repositories = new ArrayList<>();
    for (Repository one : extra) {
      repositories.add(new RemoteRepository.Builder(one.id(), "default", one.url()).build());
    }
    repositories.add(ContextOverrides.CENTRAL);
    this.progress = progress;
  }

  /**
   * The jars of these artifacts and of all that they need to run, each artifact in one version: the
   * one nearest to what was asked for.
   */
  public List<Jar> jars(List<Coordinates> wanted) throws MavenException {
    try (Context context = context()) {
      CollectRequest request = new CollectRequest().setRepositories(context.remoteRepositories());
      for (Coordinates one : wanted) {
        request.addDependency(new Dependency(artifact(one), "runtime"));
      }
      return resolve(context, request, RUN_SCOPES);
    } catch (IllegalStateException e) {
      throw MavenFailures.settings(e);
    }
  }

  /**
   * The jars of a POM's dependencies, with parents, properties, imported and managed versions and
   * the POM's own repositories.
   *
   * @param scopes whose dependencies are taken
   */
  public List<Jar> jarsOfPom(Path pom, Set<String> scopes) throws MavenException {
    try (Context context = context()) {
      ModelResponse model =
          new MavenModelReader(context).readModel(ModelRequest.builder().setPomFile(pom).build());
      ArtifactDescriptorResult described =
          model.toArtifactDescriptorResult(model.getEffectiveModel());
      List<RemoteRepository> all = new ArrayList<>(context.remoteRepositories());
      all.addAll(
          context
              .repositorySystem()
              .newResolutionRepositories(
                  context.repositorySystemSession(),
                  described.getRepositories().stream()
                      .filter(one -> all.stream().noneMatch(had -> had.getId().equals(one.getId())))
                      .toList()));
      CollectRequest request =
          new CollectRequest()
              .setRepositories(all)
              .setManagedDependencies(described.getManagedDependencies());
      described.getDependencies().stream()
          .filter(one -> scopes.contains(one.getScope()))
          .forEach(request::addDependency);
      return resolve(context, request, scopes);
    } catch (RepositoryException e) {
      throw MavenFailures.ofPom(pom, e);
    } catch (IllegalStateException e) {
      throw MavenFailures.settings(e);
    }
  }

  private Context context() {
    Context context =
        Runtimes.INSTANCE
            .getRuntime()
            .create(
                surroundings
                    .apply(ContextOverrides.create())
                    .withUserSettings(true)
                    .repositories(repositories)
                    // So that one of settings.xml with the same id takes this one's place.
                    .addRepositoriesOp(AddRepositoriesOp.PREPEND)
                    .transferListener(new Listener(progress))
                    .build());
    if ((offline || isOffline(context))
        && context.repositorySystemSession() instanceof DefaultRepositorySystemSession session) {
      session.setOffline(true);
    }
    return context;
  }

  /** What settings.xml says of it, which the context does not look at. */
  private static boolean isOffline(Context context) {
    DefaultSettingsBuildingRequest request = new DefaultSettingsBuildingRequest();
    request.setUserSettingsFile(context.mavenUserHome().settingsXml().toFile());
    try {
      return context
          .lookup()
          .lookup(SettingsBuilder.class)
          .orElseThrow()
          .build(request)
          .getEffectiveSettings()
          .isOffline();
    } catch (SettingsBuildingException e) {
      throw new IllegalStateException(e);
    }
  }

  private static List<Jar> resolve(Context context, CollectRequest request, Set<String> scopes)
      throws MavenException {
    if (request.getDependencies().isEmpty()) {
      return List.of();
    }
    try {
      return context
          .repositorySystem()
          .resolveDependencies(
              context.repositorySystemSession(),
              new DependencyRequest(
                  request,
                  DependencyFilterUtils.classpathFilter(
                      scopes.contains("test") ? "test" : "runtime")))
          .getArtifactResults()
          .stream()
          .map(ArtifactResult::getArtifact)
          .filter(artifact -> !artifact.getExtension().equals("pom"))
          .map(MavenLookup::jar)
          .toList();
    } catch (RepositoryException e) {
      throw MavenFailures.of(e, context);
    }
  }

  private static Artifact artifact(Coordinates one) {
    return new DefaultArtifact(
        one.group(), one.artifact(), one.classifier(), one.extension(), one.version());
  }

  private static Jar jar(Artifact artifact) {
    return new Jar(
        new Coordinates(
            artifact.getGroupId(),
            artifact.getArtifactId(),
            artifact.getExtension(),
            artifact.getClassifier(),
            artifact.getVersion()),
        artifact.getFile().toPath());
  }

  private static final class Listener extends AbstractTransferListener {
    private final Progress progress;
    private final Set<String> files = ConcurrentHashMap.newKeySet();
    private final AtomicLong bytes = new AtomicLong();

    Listener(Progress progress) {
      this.progress = progress;
    }

    @Override
    public void transferInitiated(TransferEvent event) throws TransferCancelledException {
      check();
    }

    @Override
    public void transferStarted(TransferEvent event) throws TransferCancelledException {
      check();
      files.add(event.getResource().getResourceName());
    }

    @Override
    public void transferProgressed(TransferEvent event) throws TransferCancelledException {
      check();
      long sofar = bytes.addAndGet(event.getDataBuffer().remaining());
      String name = event.getResource().getResourceName();
      progress.downloading(name.substring(name.lastIndexOf('/') + 1), files.size(), sofar);
    }

    /** Maven takes what came, with a warning. A repository without checksums is none that lies. */
    @Override
    public void transferCorrupted(TransferEvent event) throws TransferCancelledException {
      if (event.getException() instanceof ChecksumFailureException damage
          && !damage.getExpected().isEmpty()) {
        throw new TransferCancelledException("damaged", damage);
      }
    }

    private void check() throws TransferCancelledException {
      if (progress.cancelled()) {
        throw new TransferCancelledException("stopped");
      }
    }
  }
}
