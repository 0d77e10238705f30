package wirebook.engine.ssh.client;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.cipher.BuiltinCiphers;
import org.apache.sshd.common.kex.KexProposalOption;
import wirebook.engine.ssh.config.Patterns;

/** What both sides propose for the key exchange (RFC 4253, 7.1). */
final class Proposals {
  private Proposals() {}

  /** The first list with nothing in common; none while one side has not said what it can do. */
  static Optional<KexProposalOption> apart(ClientSession session) {
    Map<KexProposalOption, String> ours = session.getClientKexProposals();
    Map<KexProposalOption, String> theirs = session.getServerKexProposals();
    if (ours.isEmpty() || theirs.isEmpty()) {
      return Optional.empty();
    }
    return List.of(
            KexProposalOption.ALGORITHMS,
            KexProposalOption.SERVERKEYS,
            KexProposalOption.S2CENC,
            KexProposalOption.S2CMAC,
            KexProposalOption.S2CCOMP,
            KexProposalOption.C2SENC,
            KexProposalOption.C2SMAC,
            KexProposalOption.C2SCOMP)
        .stream()
        .filter(option -> common(option, ours, theirs).isEmpty())
        .filter(option -> !implied(option, ours, theirs))
        .findFirst();
  }

  private static Optional<String> common(
      KexProposalOption option,
      Map<KexProposalOption, String> ours,
      Map<KexProposalOption, String> theirs) {
    List<String> offered = Patterns.split(theirs.getOrDefault(option, ""));
    return Patterns.split(ours.getOrDefault(option, "")).stream()
        .filter(offered::contains)
        .findFirst();
  }

  /** A cipher that authenticates needs no MAC. */
  private static boolean implied(
      KexProposalOption option,
      Map<KexProposalOption, String> ours,
      Map<KexProposalOption, String> theirs) {
    return switch (option) {
      case S2CMAC -> authenticates(common(KexProposalOption.S2CENC, ours, theirs));
      case C2SMAC -> authenticates(common(KexProposalOption.C2SENC, ours, theirs));
      default -> false;
    };
  }

  private static boolean authenticates(Optional<String> cipher) {
    return cipher
        .map(BuiltinCiphers::fromFactoryName)
        .filter(factory -> factory.getAuthenticationTagSize() > 0)
        .isPresent();
  }

  /** What OpenSSH calls a list. */
  static String words(KexProposalOption option) {
    return switch (option) {
      case ALGORITHMS -> "key exchange method";
      case SERVERKEYS -> "host key type";
      case C2SENC, S2CENC -> "cipher";
      case C2SMAC, S2CMAC -> "MAC";
      case C2SCOMP, S2CCOMP -> "compression method";
      case C2SLANG, S2CLANG -> "language";
    };
  }
}
