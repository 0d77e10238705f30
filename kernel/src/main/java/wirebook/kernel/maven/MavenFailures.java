package wirebook.kernel.maven;

import eu.maveniverse.maven.mima.context.Context;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.net.ssl.SSLException;
import org.eclipse.aether.RepositoryException;
import org.eclipse.aether.artifact.Artifact;
import org.eclipse.aether.artifact.DefaultArtifact;
import org.eclipse.aether.collection.DependencyCollectionException;
import org.eclipse.aether.repository.RemoteRepository;
import org.eclipse.aether.resolution.VersionRangeRequest;
import org.eclipse.aether.resolution.VersionRangeResolutionException;
import org.eclipse.aether.transfer.ArtifactNotFoundException;
import org.eclipse.aether.transfer.ArtifactTransferException;
import org.eclipse.aether.transfer.ChecksumFailureException;
import org.eclipse.aether.transfer.NoRepositoryConnectorException;
import org.eclipse.aether.transfer.RepositoryOfflineException;
import org.eclipse.aether.version.Version;

/** Why a look-up failed, in words. */
final class MavenFailures {
  private static final int SHOWN_VERSIONS = 8;
  private static final Pattern STATUS = Pattern.compile("\\bstatus code: (\\d{3})\\b");

  private MavenFailures() {}

  /** A look-up of artifacts. */
  static MavenException of(RepositoryException failure, Context context) {
    Optional<ArtifactTransferException> transfer = cause(failure, ArtifactTransferException.class);
    if (transfer.isPresent()) {
      return of(transfer.get(), failure, context);
    }
    if (failure instanceof DependencyCollectionException collected
        && !collected.getResult().getExceptions().isEmpty()) {
      Exception first = collected.getResult().getExceptions().getFirst();
      Optional<ArtifactTransferException> within = cause(first, ArtifactTransferException.class);
      if (within.isPresent()) {
        return of(within.get(), failure, context);
      }
      Optional<VersionRangeResolutionException> range =
          cause(first, VersionRangeResolutionException.class);
      if (range.isPresent()) {
        return new MavenException(
            sentence(range.get().getMessage()), "a version that exists, or RELEASE", failure);
      }
    }
    return new MavenException(sentence(root(failure).getMessage()), "", failure);
  }

  private static MavenException of(
      ArtifactTransferException transfer, RepositoryException failure, Context context) {
    Artifact artifact = transfer.getArtifact();
    String name = artifact.getGroupId() + ":" + artifact.getArtifactId();
    String wanted = name + ":" + artifact.getVersion();
    boolean offline = context.repositorySystemSession().isOffline();
    if (offline && transfer instanceof ArtifactNotFoundException) {
      return new MavenException(
          wanted + " was not downloaded before, and the work is offline",
          "the call without -o, and no <offline>true</offline> in ~/.m2/settings.xml",
          failure);
    }
    if (transfer instanceof ArtifactNotFoundException) {
      List<String> versions = versions(artifact, context);
      String places =
          context.remoteRepositories().stream()
              .map(MavenFailures::words)
              .collect(Collectors.joining(" or "));
      return versions.isEmpty()
          ? new MavenException(
              "There is no " + name + " in " + places,
              "another spelling of group or artifact, or %mavenRepo ID URL with its repository",
              failure)
          : new MavenException(
              "There is no %s in %s"
                  .formatted(
                      versions.contains(artifact.getVersion())
                          ? wanted + " as " + kind(artifact)
                          : "version " + artifact.getVersion() + " of " + name,
                      places),
              "one of these, the newest first: " + String.join(", ", versions),
              failure);
    }
    String place =
        Optional.ofNullable(transfer.getRepository()).map(MavenFailures::words).orElse("");
    return new MavenException(
        "Cannot get " + wanted + (place.isEmpty() ? "" : " from " + place) + ": " + why(transfer),
        fix(transfer),
        failure);
  }

  private static String kind(Artifact artifact) {
    return artifact.getExtension()
        + (artifact.getClassifier().isEmpty() ? "" : " with " + artifact.getClassifier());
  }

  private static String words(RemoteRepository repository) {
    String mirrored =
        repository.getMirroredRepositories().stream()
            .map(RemoteRepository::getId)
            .collect(Collectors.joining(", "));
    return repository.getId()
        + " ("
        + repository.getUrl()
        + (mirrored.isEmpty() ? "" : ", the mirror of " + mirrored)
        + ")";
  }

  private static String why(ArtifactTransferException failure) {
    Throwable root = root(failure);
    return switch (root) {
      case UnknownHostException e -> "the host is not known: " + e.getMessage();
      case ConnectException e -> "it does not answer: " + e.getMessage();
      case NoRouteToHostException e -> "there is no way to it: " + e.getMessage();
      case SocketTimeoutException e -> "it took too long to answer";
      case RepositoryOfflineException e -> "the work is offline";
      case ChecksumFailureException e ->
          "what came is damaged, as its checksum is not the one that the repository names";
      case NoRepositoryConnectorException e -> "this is no URL of a repository";
      case SSLException e -> "no TLS connection comes about: " + e.getMessage();
      default -> refusal(failure).orElse(String.valueOf(root.getMessage()));
    };
  }

  private static String fix(ArtifactTransferException failure) {
    return switch (root(failure)) {
      case UnknownHostException e -> network();
      case ConnectException e -> network();
      case NoRouteToHostException e -> network();
      case SocketTimeoutException e -> network();
      case RepositoryOfflineException e ->
          "the call without -o, and no <offline>true</offline> in ~/.m2/settings.xml";
      case ChecksumFailureException e -> "the call once more, or another repository, with --from";
      case NoRepositoryConnectorException e -> "%mavenRepo ID https://…";
      case SSLException e -> "a URL with http:// if it speaks no TLS, or trust in its certificate";
      default ->
          switch (status(failure)) {
            case "401", "403" ->
                "<server> with <id>"
                    + failure.getRepository().getId()
                    + "</id>, <username> and <password> in ~/.m2/settings.xml";
            case "407" -> "<username> and <password> of the <proxy> in ~/.m2/settings.xml";
            default -> "";
          };
    };
  }

  /** What a server or a proxy wants before it gives anything. */
  private static Optional<String> refusal(ArtifactTransferException failure) {
    return switch (status(failure)) {
      case "401" -> Optional.of("it wants to know who asks (401), or knows another password");
      case "403" -> Optional.of("it does not let this user have it (403)");
      case "407" -> Optional.of("the proxy wants to know who asks (407)");
      default -> Optional.empty();
    };
  }

  private static String status(ArtifactTransferException failure) {
    Matcher status = STATUS.matcher(String.valueOf(root(failure).getMessage()));
    return status.find() ? status.group(1) : "";
  }

  private static String network() {
    return "a network that reaches it, or a mirror or proxy in ~/.m2/settings.xml";
  }

  /** Those that exist, the newest first; none when the artifact is not known anywhere. */
  private static List<String> versions(Artifact artifact, Context context) {
    try {
      return context
          .repositorySystem()
          .resolveVersionRange(
              context.repositorySystemSession(),
              new VersionRangeRequest(
                  new DefaultArtifact(
                      artifact.getGroupId(),
                      artifact.getArtifactId(),
                      artifact.getExtension(),
                      "[0,)"),
                  context.remoteRepositories(),
                  ""))
          .getVersions()
          .reversed()
          .stream()
          .limit(SHOWN_VERSIONS)
          .map(Version::toString)
          .toList();
    } catch (VersionRangeResolutionException e) {
      return List.of();
    }
  }

  /** A POM that cannot be read, or whose parents or imports cannot. */
  static MavenException ofPom(Path pom, RepositoryException failure) {
    Optional<ArtifactTransferException> transfer = cause(failure, ArtifactTransferException.class);
    return transfer.isPresent()
        ? new MavenException(
            "The POM needs %s, which cannot be had: %s"
                .formatted(transfer.get().getArtifact(), why(transfer.get())),
            fix(transfer.get()),
            failure)
        : new MavenException(
            "The POM cannot be understood: "
                + sentence(root(failure).getMessage())
                    .replace(pom.toString(), pom.getFileName() + ""),
            "",
            failure);
  }

  /** The resolver could not be set up, which settings.xml is the usual cause of. */
  static MavenException settings(IllegalStateException failure) {
    return new MavenException(
        "Maven's settings cannot be read: " + sentence(root(failure).getMessage()),
        "correct ~/.m2/settings.xml",
        failure);
  }

  private static String sentence(@org.jspecify.annotations.Nullable String message) {
    return message == null ? "no reason is given" : message.lines().findFirst().orElse("").strip();
  }

  private static Throwable root(Throwable failure) {
    Throwable at = failure;
    while (at.getCause() != null) {
      at = at.getCause();
    }
    return at;
  }

  private static <T extends Throwable> Optional<T> cause(Throwable failure, Class<T> type) {
    for (Throwable at = failure; at != null; at = at.getCause()) {
      if (type.isInstance(at)) {
        return Optional.of(type.cast(at));
      }
    }
    return Optional.empty();
  }
}
