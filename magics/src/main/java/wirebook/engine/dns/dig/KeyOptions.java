package wirebook.engine.dns.dig;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.StringTokenizer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import wirebook.engine.dns.DnsName;
import wirebook.engine.dns.DnsNameSyntaxException;
import wirebook.engine.dns.TsigKey;
import wirebook.trace.Bytes;

/** The key that dig signs with, as {@code -k} and {@code -y} name it. */
final class KeyOptions {
  private static final int SHORTEST_SECRET = 8;
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("dd-MMM-uuuu HH:mm:ss.SSS", Locale.US)
          .withZone(ZoneId.systemDefault());
  private static final Pattern KEY_RECORD =
      Pattern.compile("^(\\S+)\\s.*?\\bKEY\\s+\\d+\\s+\\d+\\s+(\\d+)\\s+(.+)$");

  private final Session session;
  private final DigHost host;
  private Optional<String> keyFile = Optional.empty();
  private Optional<TextKey> textKey = Optional.empty();
  private Optional<TsigKey.Algorithm> algorithm = Optional.empty();
  private int digestBits;

  private record TextKey(String name, String secret) {}

  KeyOptions(Session session, DigHost host) {
    this.session = session;
    this.host = host;
  }

  /** {@code -k}. */
  void file(String name) {
    keyFile = Optional.of(name);
  }

  /** {@code -y}. */
  void text(String value) {
    List<String> parts = parts(value);
    if (parts.size() == 3) {
      hmac(parts.getFirst());
    } else {
      algorithm = Optional.of(TsigKey.Algorithm.HMAC_MD5);
      digestBits = 0;
    }
    textKey = Optional.of(new TextKey(parts.get(parts.size() - 2), parts.getLast()));
  }

  /** {@code [hmac:]name:secret}. */
  private List<String> parts(String value) {
    List<String> parts = new ArrayList<>();
    StringTokenizer tokens = new StringTokenizer(value, ":");
    while (tokens.hasMoreTokens() && parts.size() < 2) {
      parts.add(tokens.nextToken());
    }
    if (parts.size() < 2) {
      throw DigHelp.usage(session);
    }
    if (tokens.hasMoreTokens()) {
      parts.add(tokens.nextToken("").replaceFirst("^:", ""));
    }
    return parts;
  }

  void setUp() {
    if (keyFile.isPresent()) {
      readKeyFile(keyFile.get());
    } else if (textKey.isPresent()) {
      makeKey(textKey.get().name, textKey.get().secret);
    }
  }

  private void makeKey(String name, String secret) {
    session.keyWanted = true;
    String wrong;
    try {
      byte[] bytes = Base64.getDecoder().decode(secret.replaceAll("\\s", ""));
      if (algorithm.isEmpty()) {
        wrong = "algorithm is unsupported";
      } else {
        session.key =
            Optional.of(
                new TsigKey(DnsName.of(name), algorithm.get(), Bytes.of(bytes), digestBits));
        if (bytes.length < SHORTEST_SECRET) {
          session.output.err(
              TIME.format(host.network().clock().instant())
                  + " the key '"
                  + DnsName.of(name).relative()
                  + "' is too short to be secure\n");
        }
        return;
      }
    } catch (DnsNameSyntaxException e) {
      wrong = String.valueOf(e.getMessage());
    } catch (IllegalArgumentException e) {
      wrong = "bad base64 encoding";
    }
    session.output.out(";; Couldn't create key " + name + ": " + wrong + "\n");
  }

  private void hmac(String text) {
    if (text.length() >= 20) {
      throw session.fatal("unknown key type '" + text + "'");
    }
    digestBits = 0;
    Matcher cut = Pattern.compile("(?i)(hmac-(?:md5|sha\\d+))-(.*)").matcher(text);
    Optional<TsigKey.Algorithm> known =
        TsigKey.Algorithm.of(cut.matches() ? String.valueOf(cut.group(1)) : text);
    if (known.isEmpty()) {
      session.warning("ignoring invalid TSIG algorithm " + text);
      return;
    }
    algorithm = known;
    if (cut.matches()) {
      int most = known.get().bits();
      String what = "digest-bits [0.." + most + "]";
      OptionalLong bits = session.number(String.valueOf(cut.group(2)), most, what, false);
      if (bits.isEmpty()) {
        throw session.fatal("couldn't parse digest bits");
      }
      digestBits = (int) (bits.getAsLong() + 7) & ~7;
    }
  }

  /** A key statement as {@code tsig-keygen} writes it, or a {@code K} file of older tools. */
  private void readKeyFile(String file) {
    Optional<String> record = keyRecord(file);
    if (record.isPresent()) {
      useKeyRecord(file, record.get());
      return;
    }
    String text;
    try {
      text = Files.readString(host.directory().resolve(file));
    } catch (IOException e) {
      session.output.err("Couldn't read key from " + file + ": file not found\n");
      return;
    }
    String bare = text.replaceAll("(?s)/\\*.*?\\*/|//[^\n]*|#[^\n]*", "");
    Matcher key = Pattern.compile("(?s)key\\s+\"?([^\"\\s{]+)\"?\\s*\\{(.*?)\\}").matcher(bare);
    if (!key.find()) {
      session.output.err("Couldn't read key from " + file + ": unexpected token\n");
      return;
    }
    Optional<String> named = statement(String.valueOf(key.group(2)), "algorithm");
    Optional<String> secret = statement(String.valueOf(key.group(2)), "secret");
    if (named.isEmpty() || secret.isEmpty()) {
      throw session.fatal("key must have algorithm and secret");
    }
    hmac(named.get());
    makeKey(String.valueOf(key.group(1)), secret.get());
  }

  /** The KEY record of {@code Kname+algorithm+id.key}, which is named in part or as a whole. */
  private Optional<String> keyRecord(String file) {
    Matcher name =
        Pattern.compile("(.*K[^/]*\\+\\d{3}\\+\\d{5})(\\.key|\\.private)?").matcher(file);
    if (!name.matches()) {
      return Optional.empty();
    }
    try (Stream<String> lines = Files.lines(host.directory().resolve(name.group(1) + ".key"))) {
      return lines.filter(l -> KEY_RECORD.matcher(l).find()).findFirst();
    } catch (IOException | UncheckedIOException e) {
      return Optional.empty();
    }
  }

  private void useKeyRecord(String file, String record) {
    Matcher key = KEY_RECORD.matcher(record);
    if (!key.find()) {
      throw new IllegalStateException(record);
    }
    String number = String.valueOf(key.group(2));
    String hmac =
        switch (number) {
          case "157" -> "hmac-md5";
          case "161" -> "hmac-sha1";
          case "162" -> "hmac-sha224";
          case "163" -> "hmac-sha256";
          case "164" -> "hmac-sha384";
          case "165" -> "hmac-sha512";
          // Nothing is sent unsigned that was to be signed.
          default ->
              throw session.fatal(
                  "the key in "
                      + file
                      + " is a key pair (algorithm "
                      + number
                      + ") for SIG(0), which is not supported: use a shared key for TSIG, as"
                      + " tsig-keygen makes it");
        };
    hmac(hmac);
    makeKey(
        String.valueOf(key.group(1)).replaceFirst("(?<=.)\\.$", ""),
        String.valueOf(key.group(3)).replaceAll("\\s", ""));
  }

  private static Optional<String> statement(String body, String name) {
    Matcher matcher = Pattern.compile(name + "\\s+\"?([^\";]+?)\"?\\s*;").matcher(body);
    return matcher.find() ? Optional.of(String.valueOf(matcher.group(1))) : Optional.empty();
  }
}
