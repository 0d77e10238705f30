package wirebook.engine.ssh.transport;

import java.math.BigInteger;
import org.apache.sshd.client.kex.DHGEXClient;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.cipher.BuiltinCiphers;
import org.apache.sshd.common.kex.DHFactory;
import org.apache.sshd.common.kex.KexProposalOption;
import org.apache.sshd.common.kex.KeyExchange;
import org.apache.sshd.common.kex.KeyExchangeFactory;
import org.apache.sshd.common.session.Session;
import org.apache.sshd.common.util.buffer.Buffer;
import wirebook.engine.ssh.config.SshLog;

/**
 * RFC 4419's exchange over a group of the server's, asked for by size as OpenSSH does it: MINA asks
 * for the largest with every cipher, which costs seconds.
 */
final class GroupExchange extends DHGEXClient {
  private static final int SMALLEST = 2048;
  private static final int LARGEST = 8192;

  private final WatchedSession watched;

  private GroupExchange(DHFactory factory, WatchedSession session) {
    super(factory, session);
    watched = session;
    min = SMALLEST;
    max = LARGEST;
  }

  static KeyExchangeFactory factory(DHFactory dh) {
    return new KeyExchangeFactory() {
      @Override
      public String getName() {
        return dh.getName();
      }

      @Override
      public KeyExchange createKeyExchange(Session session) {
        return new GroupExchange(dh, (WatchedSession) session);
      }
    };
  }

  /**
   * OpenSSH's {@code dh_estimate}: bits of a group that is as strong as a cipher's key (NIST SP
   * 800-57, part 1, table 2).
   */
  static int estimate(int bits) {
    return bits <= 112 ? 2048 : bits <= 128 ? 3072 : bits <= 192 ? 7680 : LARGEST;
  }

  /**
   * The bits that are wanted of the exchange. OpenSSH counts the key of the MAC, too; that of the
   * one it takes unless told otherwise has 128, so that no cipher asks for less.
   */
  private static int strength(Session session) {
    int bits = 128;
    for (KexProposalOption way : KexProposalOption.CIPHER_PROPOSALS) {
      BuiltinCiphers cipher =
          BuiltinCiphers.fromFactoryName(session.getNegotiatedKexParameter(way));
      if (cipher != null && !cipher.getName().startsWith("3des")) {
        bits = Math.max(bits, cipher.getKeySize());
      }
    }
    return bits;
  }

  @Override
  public void init(byte[] serverVersion, byte[] clientVersion, byte[] serverInit, byte[] clientInit)
      throws Exception {
    prf = estimate(strength(watched));
    super.init(serverVersion, clientVersion, serverInit, clientInit);
    say("SSH2_MSG_KEX_DH_GEX_REQUEST(" + min + "<" + prf + "<" + max + ") sent");
    say("expecting SSH2_MSG_KEX_DH_GEX_GROUP");
  }

  @Override
  public boolean next(int number, Buffer buffer) throws Exception {
    if (number == SshConstants.SSH_MSG_KEX_DH_GEX_GROUP) {
      say("SSH2_MSG_KEX_DH_GEX_GROUP received");
    }
    boolean done = super.next(number, buffer);
    if (done) {
      say("SSH2_MSG_KEX_DH_GEX_REPLY received");
    } else {
      watched.exchanging(
          SshLog.Level.DEBUG2,
          "bits set: " + new BigInteger(1, getE()).bitCount() + "/" + getPValue().bitLength());
      say("SSH2_MSG_KEX_DH_GEX_INIT sent");
      say("expecting SSH2_MSG_KEX_DH_GEX_REPLY");
    }
    return done;
  }

  private void say(String text) {
    watched.exchanging(SshLog.Level.DEBUG1, text);
  }
}
