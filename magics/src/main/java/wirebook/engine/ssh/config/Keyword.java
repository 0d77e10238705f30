package wirebook.engine.ssh.config;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The keywords of {@code ssh_config(5)}, in the order in which {@code ssh -G} prints them. */
@SuppressWarnings("ImmutableEnumChecker") // Its maps are filled once.
public enum Keyword {
  HOST(Kind.STRUCTURE, "host"),
  MATCH(Kind.STRUCTURE, "match"),
  INCLUDE(Kind.STRUCTURE, "include"),
  USER(Kind.STRING, "user"),
  HOSTNAME(Kind.STRING, "hostname"),
  PORT(Kind.PORT, "port"),
  ADDRESS_FAMILY("inet inet6 any", "addressfamily"),
  BATCH_MODE(Kind.FLAG, "batchmode"),
  CANONICALIZE_FALLBACK_LOCAL(Kind.FLAG, "canonicalizefallbacklocal"),
  CANONICALIZE_HOSTNAME("true false yes:true no:false always", "canonicalizehostname"),
  CHECK_HOST_IP(Kind.FLAG, "checkhostip"),
  COMPRESSION("yes no", "compression"),
  CONTROL_MASTER("true yes:true false no:false auto ask autoask", "controlmaster"),
  ENABLE_SSH_KEYSIGN(Kind.FLAG, "enablesshkeysign"),
  CLEAR_ALL_FORWARDINGS(Kind.FLAG, "clearallforwardings"),
  EXIT_ON_FORWARD_FAILURE(Kind.FLAG, "exitonforwardfailure"),
  FINGERPRINT_HASH(Kind.HASH, "fingerprinthash"),
  FORWARD_X11(Kind.FLAG, "forwardx11"),
  FORWARD_X11_TRUSTED(Kind.FLAG, "forwardx11trusted"),
  GATEWAY_PORTS(Kind.FLAG, "gatewayports"),
  GSSAPI_AUTHENTICATION(Kind.FLAG, "gssapiauthentication"),
  GSSAPI_KEY_EXCHANGE(Kind.FLAG, "gssapikeyexchange"),
  GSSAPI_DELEGATE_CREDENTIALS(Kind.FLAG, "gssapidelegatecredentials"),
  GSSAPI_TRUST_DNS(Kind.FLAG, "gssapitrustdns"),
  GSSAPI_RENEWAL_FORCES_REKEY(Kind.FLAG, "gssapirenewalforcesrekey"),
  GSSAPI_CLIENT_IDENTITY(Kind.STRING, "gssapiclientidentity"),
  GSSAPI_SERVER_IDENTITY(Kind.STRING, "gssapiserveridentity"),
  GSSAPI_KEX_ALGORITHMS(Kind.STRING, "gssapikexalgorithms"),
  HASH_KNOWN_HOSTS(Kind.FLAG, "hashknownhosts"),
  HOSTBASED_AUTHENTICATION(Kind.FLAG, "hostbasedauthentication"),
  IDENTITIES_ONLY(Kind.FLAG, "identitiesonly"),
  KBD_INTERACTIVE_AUTHENTICATION(
      Kind.FLAG,
      "kbdinteractiveauthentication",
      "challengeresponseauthentication",
      "skeyauthentication",
      "tisauthentication"),
  NO_HOST_AUTHENTICATION_FOR_LOCALHOST(Kind.FLAG, "nohostauthenticationforlocalhost"),
  PASSWORD_AUTHENTICATION(Kind.FLAG, "passwordauthentication"),
  PERMIT_LOCAL_COMMAND(Kind.FLAG, "permitlocalcommand"),
  PROXY_USE_FDPASS(Kind.FLAG, "proxyusefdpass"),
  PUBKEY_AUTHENTICATION(
      "true false yes:true no:false unbound host-bound",
      "pubkeyauthentication",
      "dsaauthentication"),
  REQUEST_TTY("true yes:true false no:false force auto", "requesttty"),
  SESSION_TYPE("none subsystem default", "sessiontype"),
  STDIN_NULL(Kind.FLAG, "stdinnull"),
  FORK_AFTER_AUTHENTICATION(Kind.FLAG, "forkafterauthentication"),
  STREAM_LOCAL_BIND_UNLINK(Kind.FLAG, "streamlocalbindunlink"),
  STRICT_HOST_KEY_CHECKING(
      "true false yes:true no:false ask off:false accept-new", "stricthostkeychecking"),
  TCP_KEEP_ALIVE(Kind.FLAG, "tcpkeepalive", "keepalive"),
  TUNNEL("ethernet point-to-point true:point-to-point yes:point-to-point false no:false", "tunnel"),
  VERIFY_HOST_KEY_DNS("true false yes:true no:false ask", "verifyhostkeydns"),
  VISUAL_HOST_KEY(Kind.FLAG, "visualhostkey"),
  UPDATE_HOSTKEYS("true false yes:true no:false ask", "updatehostkeys"),
  ENABLE_ESCAPE_COMMANDLINE(Kind.FLAG, "enableescapecommandline"),
  CANONICALIZE_MAX_DOTS(Kind.NUMBER, "canonicalizemaxdots"),
  CONNECTION_ATTEMPTS(Kind.NUMBER, "connectionattempts"),
  FORWARD_X11_TIMEOUT(Kind.TIME, "forwardx11timeout"),
  NUMBER_OF_PASSWORD_PROMPTS(Kind.NUMBER, "numberofpasswordprompts"),
  SERVER_ALIVE_COUNT_MAX(Kind.NUMBER, "serveralivecountmax"),
  SERVER_ALIVE_INTERVAL(Kind.TIME, "serveraliveinterval", "protocolkeepalives", "setuptimeout"),
  REQUIRED_RSA_SIZE(Kind.NUMBER, "requiredrsasize"),
  BIND_ADDRESS(Kind.STRING, "bindaddress"),
  BIND_INTERFACE(Kind.STRING, "bindinterface"),
  CIPHERS(Algorithms.Family.CIPHER, "ciphers"),
  CONTROL_PATH(Kind.STRING, "controlpath"),
  HOST_KEY_ALGORITHMS(Algorithms.Family.KEY, "hostkeyalgorithms"),
  HOST_KEY_ALIAS(Kind.STRING, "hostkeyalias"),
  HOSTBASED_ACCEPTED_ALGORITHMS(
      Algorithms.Family.KEY, "hostbasedacceptedalgorithms", "hostbasedkeytypes"),
  IDENTITY_AGENT(Kind.AGENT, "identityagent"),
  IGNORE_UNKNOWN(Kind.STRING, "ignoreunknown"),
  KBD_INTERACTIVE_DEVICES(Kind.STRING, "kbdinteractivedevices"),
  KEX_ALGORITHMS(Algorithms.Family.KEX, "kexalgorithms"),
  CA_SIGNATURE_ALGORITHMS(Algorithms.Family.CA_SIGNATURE, "casignaturealgorithms"),
  LOCAL_COMMAND(Kind.COMMAND, "localcommand"),
  REMOTE_COMMAND(Kind.COMMAND, "remotecommand"),
  LOG_LEVEL(Kind.LOG_LEVEL, "loglevel"),
  MACS(Algorithms.Family.MAC, "macs"),
  PKCS11_PROVIDER(Kind.STRING, "pkcs11provider", "smartcarddevice"),
  SECURITY_KEY_PROVIDER(Kind.STRING, "securitykeyprovider"),
  PREFERRED_AUTHENTICATIONS(Kind.STRING, "preferredauthentications"),
  PUBKEY_ACCEPTED_ALGORITHMS(
      Algorithms.Family.KEY, "pubkeyacceptedalgorithms", "pubkeyacceptedkeytypes"),
  REVOKED_HOST_KEYS(Kind.STRING, "revokedhostkeys"),
  XAUTH_LOCATION(Kind.STRING, "xauthlocation"),
  KNOWN_HOSTS_COMMAND(Kind.COMMAND, "knownhostscommand"),
  DYNAMIC_FORWARD(Kind.FORWARD, "dynamicforward"),
  LOCAL_FORWARD(Kind.FORWARD, "localforward"),
  REMOTE_FORWARD(Kind.FORWARD, "remoteforward"),
  IDENTITY_FILE(Kind.FILES, "identityfile", "identityfile2"),
  CANONICAL_DOMAINS(Kind.LIST, "canonicaldomains"),
  CERTIFICATE_FILE(Kind.FILES, "certificatefile"),
  GLOBAL_KNOWN_HOSTS_FILE(Kind.LIST, "globalknownhostsfile"),
  USER_KNOWN_HOSTS_FILE(Kind.LIST, "userknownhostsfile"),
  SEND_ENV(Kind.SEND_ENV, "sendenv"),
  SET_ENV(Kind.SET_ENV, "setenv"),
  LOG_VERBOSE(Kind.LIST, "logverbose"),
  PERMIT_REMOTE_OPEN(Kind.LIST, "permitremoteopen"),
  ADD_KEYS_TO_AGENT(Kind.SPECIAL, "addkeystoagent"),
  FORWARD_AGENT(Kind.SPECIAL, "forwardagent"),
  CONNECT_TIMEOUT(Kind.TIME, "connecttimeout"),
  TUNNEL_DEVICE(Kind.SPECIAL, "tunneldevice"),
  CANONICALIZE_PERMITTED_CNAMES(Kind.LIST, "canonicalizepermittedcnames"),
  CONTROL_PERSIST(Kind.SPECIAL, "controlpersist"),
  ESCAPE_CHAR(Kind.SPECIAL, "escapechar"),
  IP_QOS(Kind.SPECIAL, "ipqos"),
  REKEY_LIMIT(Kind.SPECIAL, "rekeylimit"),
  STREAM_LOCAL_BIND_MASK(Kind.SPECIAL, "streamlocalbindmask"),
  SYSLOG_FACILITY(Kind.SPECIAL, "syslogfacility"),
  PROXY_COMMAND(Kind.COMMAND, "proxycommand"),
  PROXY_JUMP(Kind.SPECIAL, "proxyjump"),
  IGNORED(Kind.IGNORED, "protocol"),
  DEPRECATED(
      Kind.IGNORED,
      "cipher",
      "fallbacktorsh",
      "globalknownhostsfile2",
      "rhostsauthentication",
      "userknownhostsfile2",
      "useroaming",
      "usersh",
      "useprivilegedport"),
  UNSUPPORTED(
      Kind.IGNORED,
      "afstokenpassing",
      "kerberosauthentication",
      "kerberostgtpassing",
      "rsaauthentication",
      "rhostsrsaauthentication",
      "compressionlevel");

  /** How its argument is read. */
  enum Kind {
    /** Opens a block or another file. */
    STRUCTURE,
    /** {@code yes} or {@code no}. */
    FLAG,
    /** One of some words. */
    CHOICE,
    STRING,
    PORT,
    NUMBER,
    TIME,
    /** The rest of the line as it is. */
    COMMAND,
    ALGORITHMS,
    HASH,
    LOG_LEVEL,
    /** A path, or a variable of the environment. */
    AGENT,
    /** All words of the first line that has it. */
    LIST,
    /** One word, of each line that has it. */
    FILES,
    SEND_ENV,
    SET_ENV,
    FORWARD,
    SPECIAL,
    IGNORED
  }

  private static final Map<String, Keyword> BY_NAME = new HashMap<>();

  static {
    for (Keyword keyword : values()) {
      keyword.names.forEach(name -> BY_NAME.put(name, keyword));
    }
  }

  private final Kind kind;
  private final List<String> names;
  private final Map<String, String> choices;
  private final Optional<Algorithms.Family> family;

  Keyword(Kind kind, String... names) {
    this(kind, Map.of(), Optional.empty(), names);
  }

  /** The words that it may be, each with the one that it is printed as when that is another. */
  Keyword(String choices, String... names) {
    this(Kind.CHOICE, choices(choices), Optional.empty(), names);
  }

  Keyword(Algorithms.Family family, String... names) {
    this(Kind.ALGORITHMS, Map.of(), Optional.of(family), names);
  }

  Keyword(
      Kind kind, Map<String, String> choices, Optional<Algorithms.Family> family, String... names) {
    this.kind = kind;
    this.choices = kind == Kind.FLAG ? choices("yes no true:yes false:no") : choices;
    this.family = family;
    this.names = List.of(names);
  }

  private static Map<String, String> choices(String text) {
    Map<String, String> choices = new HashMap<>();
    for (String choice : text.split(" ")) {
      String[] parts = choice.split(":");
      choices.put(parts[0], parts[parts.length - 1]);
    }
    return choices;
  }

  static Optional<Keyword> of(String lowerCase) {
    return Optional.ofNullable(BY_NAME.get(lowerCase));
  }

  Kind kind() {
    return kind;
  }

  /** As it is printed. */
  public String shown() {
    return names.getFirst();
  }

  Optional<Algorithms.Family> family() {
    return family;
  }

  /** The printed form of one of its words; none when the word is not one. */
  Optional<String> choice(String word) {
    return Optional.ofNullable(choices.get(ConfigWords.lower(word)));
  }
}
