package wirebook.engine.http.curl.options;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Every option that curl's manual page has, each in one line: what it takes, where help shows it,
 * whether it does something here, and whether {@code java.net.http} can do it. Parsing, help,
 * completion and the translation to Java read it. What an option sets is in {@link FlagOptions} and
 * its neighbours, under the same name: 200 functions in this table would cost a first transfer 200
 * ms, since each is a class that is made at run time. {@link LibcurlSource} has libcurl's names in
 * the order in which curl writes them.
 */
public final class CurlOptions {
  /** What stands behind an option. */
  public enum Kind {
    /** A flag that cannot be taken back. */
    NONE,
    /** A flag with a {@code --no-} form. */
    FLAG,
    /** A flag whose short letter means the {@code --no-} form. */
    REVERSED,
    TEXT,
    FILE,
    SECONDS,
    NUMBER
  }

  /** Why an option does nothing here. */
  public enum Status {
    WORKS,
    /** What it asks for happens anyway, or is nothing that a transfer here can choose. */
    IDLE,
    /** It never did, or does no longer: curl warns and goes on. */
    DEPRECATED,
    /** It belongs to another protocol: curl takes it, and does with HTTP what it does without. */
    ELSEWHERE,
    /** It needs what this build has not. */
    REFUSED
  }

  /** What becomes of an option when a command line is written in Java. */
  public enum InJava {
    /** The code does it, or a remark beside it says why not. */
    WRITTEN,
    /** It is about the command and what it prints, not about the request. */
    BESIDE,
    /** {@code java.net.http} has no such thing; a remark says that it is missing. */
    LEFT_OUT
  }

  /**
   * @param name without dashes
   * @param letter the short form, empty when there is none
   * @param argument the placeholder of its argument, empty for flags
   * @param categories those of {@code --help CATEGORY}; {@code important} is what help shows first
   */
  public record CurlOption(
      String name,
      String letter,
      Kind kind,
      Status status,
      InJava inJava,
      String argument,
      Set<String> categories,
      String help) {

    /** Whether it has a form with {@code --no-}. */
    public boolean negatable() {
      return kind == Kind.FLAG || kind == Kind.REVERSED;
    }

    /** Whether it cannot stand without an argument. */
    boolean takesArgument() {
      return !argument.isEmpty();
    }

    /** How people write it: {@code -d}, or {@code --json}. */
    public String shortest() {
      return letter.isEmpty() ? "--" + name : "-" + letter;
    }
  }

  // name letter kind java argument categories help
  // kind: n b r t f s u, with ! refused, ^ for other protocols, ~ deprecated, = without effect;
  // java: + written, - left out
  private static final String TABLE =
      """
      abstract-unix-socket . f - path connection,http Connect through an abstract Unix socket
      alpn . r - - http,tls Use ALPN
      alt-svc . t! . filename http Remember alternative services in this file
      anyauth . n + - auth,http,proxy Pick the best authentication the server offers
      append a b^ . - - Append to the target file when uploading (FTP)
      aws-sigv4 . t - provider1[:prvdr2[:reg[:srv]]] auth,http Sign with AWS Signature Version 4
      basic . b + - auth,http HTTP Basic authentication
      buffer N r . - output Buffer the output
      ca-native . b= . - tls Trust the operating system's certificates
      cacert . f + file tls Certificates to trust, in PEM form
      capath . f - dir tls Folder with certificates to trust
      cert E f - certificate[:password] tls Client certificate file and password
      cert-status . b - - tls Ask for the certificate's status by OCSP stapling
      cert-type . t - type tls Type of the client certificate (PEM, P12)
      ciphers . t - list tls TLS cipher suites up to 1.2
      clobber . r - - output Overwrite existing files
      compressed . b + - http Ask for a compressed response and decompress it
      compressed-ssh . b^ . - - SSH compression
      config K f + file curl Read options from a file
      connect-timeout . s + seconds connection,timeout Most time for connecting
      connect-to . t - HOST1:PORT1:HOST2:PORT2 connection,dns Connect to another host than the URL's
      continue-at C t - offset connection Resume at this offset, - to find it out
      cookie b t + data|filename http Send cookies, or read them from a file
      cookie-jar c t + filename http Write cookies to this file in the end
      create-dirs . b - - output Make folders that are missing for output files
      create-file-mode . t= . mode upload File mode for created files (SFTP, SCP, FILE)
      crlf . b - - - Convert LF to CRLF in an upload
      crlfile . f - file tls Certificate revocation list
      curves . t - list tls TLS key exchange groups
      data d t + data important,http,post,upload Post data
      data-ascii . t + data http,post,upload Send in a POST
      data-binary . t + data http,post,upload Send in a POST, exactly as given
      data-raw . t + data http,post,upload Send in a POST, @ has no meaning
      data-urlencode . t + data http,post,upload Send in a POST, URL-encoded
      delegation . t! . LEVEL - GSS-API delegation
      digest . b + - auth,http,proxy HTTP Digest authentication
      disable q b . - curl Read no .curlrc; only as the first option
      disable-eprt . b^ . - - No EPRT (FTP)
      disable-epsv . b^ . - - No EPSV (FTP)
      disallow-username-in-url . b . - curl Refuse a user name in the URL
      dns-interface . t! . interface - Interface for DNS
      dns-ipv4-addr . t! . address - IPv4 address for DNS
      dns-ipv6-addr . t! . address - IPv6 address for DNS
      dns-servers . t! . addresses - DNS servers to use
      doh-cert-status . b! . - - OCSP status of the DoH server
      doh-insecure . b! . - - Insecure DoH connections
      doh-url . t! . URL - Resolve names over DoH
      dump-ca-embed . n . - http,proxy,tls Print the embedded CA bundle
      dump-header D f - filename http Write the response's headers to a file
      ech . t! . config - Encrypted client hello
      egd-file . t~ . file - EGD socket path
      engine . t! . name - Crypto engine
      eprt . b^ . - - Use EPRT (FTP)
      epsv . b^ . - - Use EPSV (FTP)
      etag-compare . f - file http Ask only if the ETag in this file changed
      etag-save . f - file http Save the response's ETag in this file
      expect100-timeout . s - seconds http,timeout How long to wait for 100 Continue
      fail f b + - important,http Fail fast with no output on HTTP errors
      fail-early . b . - curl,global Stop at the first transfer that fails
      fail-with-body . b - - http,output Fail on HTTP errors, but keep the body
      false-start . b= . - - TLS false start
      follow . b + - http Follow redirects as the status code says
      form F t + name=content http,post,upload Send a multipart form
      form-escape . b + - http,post,upload Escape form names with backslashes
      form-string . t + name=string http,post,upload Send a form field, taken literally
      ftp-account . t^ . data - FTP account
      ftp-alternative-to-user . t^ . command - FTP USER replacement
      ftp-create-dirs . b^ . - - Create remote folders (FTP)
      ftp-method . t^ . method - FTP path method
      ftp-pasv . n^ . - - Passive FTP
      ftp-port P t^ . address - Active FTP
      ftp-pret . b^ . - - Send PRET (FTP)
      ftp-skip-pasv-ip . b^ . - - Ignore the address of PASV (FTP)
      ftp-ssl . b^ . - - Try TLS (FTP)
      ftp-ssl-ccc . b^ . - - Send CCC (FTP)
      ftp-ssl-ccc-mode . t^ . active/passive - CCC mode (FTP)
      ftp-ssl-control . b^ . - - TLS for FTP login
      ftp-ssl-reqd . b^ . - - Require TLS (FTP)
      get G b + - http Put the data into the URL and use GET
      globoff g b + - curl No meaning for {}[] in URLs
      happy-eyeballs-timeout-ms . u . ms connection,timeout Head start of IPv6
      haproxy-clientip . t - ip http,proxy Client address for the PROXY protocol
      haproxy-protocol . b - - http,proxy Send a PROXY protocol v1 header
      head I b + - important,http Show document info only
      header H t + header/@file important,http Pass custom header(s) to server
      help h t . subject important,curl Get help for commands
      hostpubmd5 . t^ . md5 - MD5 of the host's key (SSH)
      hostpubsha256 . t^ . sha256 - SHA-256 of the host's key (SSH)
      hsts . t - filename http Remember hosts that want TLS in this file
      http0.9 . b - - http Accept HTTP/0.9 responses
      http1.0 0 n + - http Use HTTP/1.0
      http1.1 . n + - http Use HTTP/1.1
      http2 . n + - http Use HTTP/2
      http2-prior-knowledge . n - - http Use HTTP/2 without asking
      http3 . n! . - - Use HTTP/3
      http3-only . n! . - - Use HTTP/3 only
      httpsig-algo . t! . algorithm - HTTP message signature algorithm
      httpsig-headers . t! . components - HTTP message signature components
      httpsig-key . f! . key/file - HTTP message signature key
      httpsig-keyid . t! . id - HTTP message signature key identifier
      ignore-content-length . b - - http Ignore the Content-Length header
      include . b + - - Show the response's headers in the output
      insecure k b + - tls Accept any certificate
      interface . t - name connection Network interface or address to use
      ip-tos . t= . string connection IP type of service
      ipfs-gateway . t^ . URL - IPFS gateway
      ipv4 4 n - - connection,dns Use IPv4 only
      ipv6 6 n - - connection,dns Use IPv6 only
      json . t + data http,post,upload POST as JSON
      junk-session-cookies j b . - http Forget session cookies read from a file
      keepalive . r . - connection TCP keep-alive
      keepalive-cnt . u= . integer connection TCP keep-alive probes
      keepalive-time . u= . seconds connection,timeout TCP keep-alive interval
      key . f - key tls Private key file
      key-type . t - type tls Type of the private key
      knownhosts . f^ . file - Known hosts (SSH)
      krb . t~ . level - Kerberos (FTP)
      krb4 . t~ . level - Kerberos (FTP)
      libcurl . t . file - Write C source for libcurl
      limit-rate . t - speed connection Most bytes in a second
      list-only l b^ . - - Names only (FTP, POP3, SFTP, FILE)
      local-port . t - range connection Local port numbers to use
      location L b + - http Follow redirects
      location-trusted . b + - auth,http Follow redirects and send the password everywhere
      login-options . t^ . options - Login options (IMAP, LDAP, POP3, SMTP)
      mail-auth . t^ . address - Mail originator
      mail-from . t^ . address - Mail from
      mail-rcpt . t^ . address - Mail to
      mail-rcpt-allowfails . b^ . - - Let recipients fail
      manual M b . - curl The manual
      max-filesize . t - bytes connection,http Largest response to accept
      max-redirs . t - num http Most redirects to follow
      max-time m s + seconds connection,timeout Most time for the whole transfer
      metalink . b~ . - - Metalink
      mptcp . b= . - connection Multipath TCP
      negotiate . b! . - - HTTP Negotiate authentication
      netrc n b - - auth Take user and password from .netrc
      netrc-file . f - filename auth The .netrc to use
      netrc-optional . b - - auth Use .netrc or the URL
      next : n + - curl A new set of options begins
      noproxy . t - no-proxy-list proxy Hosts that need no proxy
      npn . b~ . - - NPN
      ntlm . b! . - - HTTP NTLM authentication
      ntlm-wb . b~ . - - NTLM with winbind
      oauth2-bearer . t + token auth,http Bearer token
      out-null . b + - output Throw the output away
      output o f + file important,output Write to file instead of stdout
      output-dir . t + dir output Folder for output files
      parallel Z b . - connection,curl,global Transfer in parallel
      parallel-immediate . b . - connection,curl,global Do not wait for multiplexing
      parallel-max . u . num connection,curl,global Most parallel transfers
      parallel-max-host . u= . num connection,curl,global Most parallel connections to a host
      pass . t - phrase auth,tls Password of the private key
      path-as-is . b - - curl Keep ../ in the path
      pinnedpubkey . t - hashes tls Public key that the server must have
      post301 . b - - http,post Keep POST after a 301
      post302 . b - - http,post Keep POST after a 302
      post303 . b - - http,post Keep POST after a 303
      preproxy . t - [protocol://]host[:port] proxy Proxy to reach the proxy
      progress-bar # b . - global,verbose Progress as a bar
      progress-meter . r . - verbose Progress meter
      proto . t - protocols connection,curl Protocols to allow
      proto-default . t - protocol connection,curl Protocol of URLs without one
      proto-redir . t - protocols connection,curl Protocols to allow in redirects
      proxy x t + [protocol://]host[:port] proxy Use this proxy
      proxy-anyauth . b - - auth,proxy Pick any proxy authentication
      proxy-basic . b + - auth,proxy Basic authentication at the proxy
      proxy-ca-native . b= . - tls Operating system's certificates for the proxy
      proxy-cacert . f - file proxy,tls Certificates to trust for the proxy
      proxy-capath . f - dir proxy,tls Folder with certificates to trust for the proxy
      proxy-cert . f - cert[:passwd] proxy,tls Client certificate for the proxy
      proxy-cert-type . t - type proxy,tls Type of the proxy's client certificate
      proxy-ciphers . t - list proxy,tls TLS cipher suites for the proxy
      proxy-crlfile . f - file proxy,tls Revocation list for the proxy
      proxy-digest . b + - proxy,tls Digest authentication at the proxy
      proxy-header . t - header/@file http,proxy Send this header to the proxy
      proxy-http2 . b - - - HTTP/2 with the proxy
      proxy-http3 . b! . - - HTTP/3 with the proxy
      proxy-insecure . b - - proxy,tls Accept any certificate of the proxy
      proxy-key . f - key proxy,tls Private key for the proxy
      proxy-key-type . t - type proxy,tls Type of the private key for the proxy
      proxy-negotiate . b! . - - Negotiate authentication at the proxy
      proxy-ntlm . b! . - - NTLM authentication at the proxy
      proxy-pass . t - phrase auth,proxy,tls Password of the private key for the proxy
      proxy-pinnedpubkey . t - hashes proxy,tls Public key that the proxy must have
      proxy-service-name . t! . name - SPNEGO service name of the proxy
      proxy-ssl-allow-beast . b= . - proxy,tls Security flaw switch for the proxy
      proxy-ssl-auto-client-cert . b= . - proxy,tls Client certificate from the system for the proxy
      proxy-tls13-ciphers . t - list proxy,tls TLS 1.3 cipher suites for the proxy
      proxy-tlsauthtype . t~ . type - TLS-SRP
      proxy-tlspassword . t~ . string - TLS-SRP
      proxy-tlsuser . t~ . name - TLS-SRP
      proxy-tlsv1 . n - - auth,proxy,tls TLS 1 with the proxy
      proxy-user U t + user:password auth,proxy User and password at the proxy
      proxy1.0 . t + host[:port] proxy HTTP/1.0 proxy
      proxytunnel p b + - proxy Go through the proxy by CONNECT
      pubkey . t^ . key - Public key file (SSH)
      quote Q t^ . command - Commands to the server (FTP, SFTP)
      random-file . f~ . file - Random source
      range r t + range http Bytes to ask for
      rate . t . max connection,global Request rate of serial transfers
      raw . b - - http No HTTP decoding
      referer e t + URL http Referrer URL
      remote-header-name J b - - http,output Name the file as Content-Disposition says
      remote-name O b + - important,output Write output to file named as remote file
      remote-name-all . b + - output -O for all URLs
      remote-time R b - - output Give the file the remote time
      remove-on-error . b - - output Remove the output file of a failed transfer
      request X t + method connection Request method
      request-target . t - path http The request's target, instead of the URL's path
      resolve . t - [+]host:port:addr[,addr]... connection,dns Address of a host name
      retry . u - num curl Try again after transient errors
      retry-all-errors . b - - curl Try again after all errors
      retry-connrefused . b - - curl Try again when refused
      retry-delay . s - seconds curl,timeout Time between tries
      retry-max-time . s - seconds curl,timeout Try again only within this time
      sasl-authzid . t^ . identity - SASL identity
      sasl-ir . b^ . - - SASL initial response
      service-name . t! . name - SPNEGO service name
      sessionid . r= . - tls TLS session resumption
      show-error S b . - curl,global Show errors even with -s
      show-headers i b + - important,http,output,verbose Show response headers in output
      sigalgs . t - list tls TLS signature algorithms
      silent s b . - important,verbose Silent mode
      skip-existing . b - - curl,output Skip what exists already
      socks4 . t + host[:port] proxy SOCKS4 proxy
      socks4a . t + host[:port] proxy SOCKS4a proxy
      socks5 . t + host[:port] proxy SOCKS5 proxy
      socks5-basic . b - - auth,proxy Name and password at a SOCKS5 proxy
      socks5-gssapi . b= . - auth,proxy GSS-API at a SOCKS5 proxy
      socks5-gssapi-nec . b! . - - NEC SOCKS5 server
      socks5-gssapi-service . t~ . name - GSS-API service name
      socks5-hostname . t + host[:port] proxy SOCKS5 proxy that resolves names
      speed-limit Y u - speed connection Stop when slower than this
      speed-time y u - seconds connection,timeout For this long
      ssl . b^ . - - Try TLS (FTP, IMAP, POP3, SMTP, LDAP)
      ssl-allow-beast . b= . - tls Security flaw switch
      ssl-auto-client-cert . b= . - tls Client certificate from the system
      ssl-no-revoke . b= . - tls No certificate revocation checks
      ssl-reqd . b^ . - - Require TLS (FTP, IMAP, POP3, SMTP, LDAP)
      ssl-revoke-best-effort . b= . - tls Ignore missing revocation lists
      ssl-sessions . f! . filename - TLS session tickets
      sslv2 2 n~ . - - SSLv2
      sslv3 3 n~ . - - SSLv3
      stderr . f . file global,verbose Write messages to a file
      styled-output . b . - global,verbose Bold header names
      suppress-connect-headers . b . - proxy Do not show the proxy's CONNECT headers
      tcp-fastopen . b= . - connection TCP fast open
      tcp-nodelay . b . - connection Send small packets at once
      telnet-option t t^ . opt=val - Telnet option
      tftp-blksize . u^ . value - TFTP block size
      tftp-no-options . b^ . - - No TFTP options
      time-cond z t - time http Only if newer, with - if older
      tls-earlydata . b= . - tls TLS early data
      tls-max . t - VERSION tls Highest TLS version
      tls13-ciphers . t - list tls TLS 1.3 cipher suites
      tlsauthtype . t~ . type - TLS-SRP
      tlspassword . t~ . string - TLS-SRP
      tlsuser . t~ . name - TLS-SRP
      tlsv1 1 n - - tls TLS 1.0 or later
      tlsv1.0 . n - - tls TLS 1.0 or later
      tlsv1.1 . n - - tls TLS 1.1 or later
      tlsv1.2 . n - - tls TLS 1.2 or later
      tlsv1.3 . n - - tls TLS 1.3 or later
      tr-encoding . b - - http Ask for a compressed transfer coding
      trace . f . file global,verbose Write a hex trace to a file
      trace-ascii . f . file global,verbose Write a trace to a file
      trace-config . t . string global,verbose What to trace
      trace-ids . b . - global,verbose Transfer and connection numbers in traces
      trace-time . b . - global,verbose Times in traces
      unix-socket . f - path connection,http Connect through a Unix socket
      upload-file T f + file important,upload Transfer local FILE to destination
      upload-flags . t^ . flags - IMAP flags
      url . t + url/file curl URL to work with
      url-query . t + data http,post,upload Add to the URL's query
      use-ascii B b= . - output ASCII transfer
      user u t + user:password important,auth Server user and password
      user-agent A t + name important,http Send User-Agent <name> to server
      variable . t + [%]name=text/@file curl Set a variable
      verbose v b . - important,global,verbose Make the operation more talkative
      version V b . - important,curl Show version number and quit
      vlan-priority . u= . priority connection VLAN priority
      write-out w t - format verbose Print after the transfer
      xattr . b - - output Store metadata in extended attributes
      """;

  private CurlOptions() {}

  /** Made at the first use, so that loading the command costs nothing. */
  private static final class Holder {
    private static final Map<String, CurlOption> BY_NAME = new LinkedHashMap<>();
    private static final Map<String, CurlOption> BY_LETTER = new LinkedHashMap<>();

    static {
      TABLE
          .lines()
          .forEach(
              line -> {
                String[] words = line.split(" ", 7);
                Kind kind =
                    switch (words[2].charAt(0)) {
                      case 'n' -> Kind.NONE;
                      case 'b' -> Kind.FLAG;
                      case 'r' -> Kind.REVERSED;
                      case 't' -> Kind.TEXT;
                      case 'f' -> Kind.FILE;
                      case 's' -> Kind.SECONDS;
                      default -> Kind.NUMBER;
                    };
                Status status =
                    switch (words[2].substring(1)) {
                      case "!" -> Status.REFUSED;
                      case "^" -> Status.ELSEWHERE;
                      case "~" -> Status.DEPRECATED;
                      case "=" -> Status.IDLE;
                      default -> Status.WORKS;
                    };
                InJava java =
                    switch (words[3]) {
                      case "+" -> InJava.WRITTEN;
                      case "-" -> InJava.LEFT_OUT;
                      default -> InJava.BESIDE;
                    };
                CurlOption option =
                    new CurlOption(
                        words[0],
                        words[1].equals(".") ? "" : words[1],
                        kind,
                        status,
                        java,
                        words[4].equals("-") ? "" : words[4],
                        Set.of(words[5].split(",")),
                        words[6]);
                BY_NAME.put(option.name(), option);
                if (!option.letter().isEmpty()) {
                  BY_LETTER.put(option.letter(), option);
                }
              });
    }
  }

  public static Collection<CurlOption> all() {
    return Holder.BY_NAME.values();
  }

  /** The option that a word names, or each letter of it; none for a value. */
  public static List<CurlOption> meant(String word) {
    if (word.startsWith("--")) {
      String name =
          word.substring(2).replaceFirst("^(?:no|expand)-(?!u)", "").replaceFirst("=.*", "");
      return named(name).stream().toList();
    }
    return word.chars().skip(1).mapToObj(c -> letter((char) c)).flatMap(Optional::stream).toList();
  }

  /** Why an option that curl has is refused, for people. */
  public static String whyNot(CurlOption option) {
    String name = option.name();
    if (name.contains("http3")) {
      return "HTTP/3 is spoken over QUIC, which is not here; --http2 is";
    }
    if (name.equals("alt-svc")) {
      return "a server's other addresses (Alt-Svc) are not gone to; --connect-to goes to another";
    }
    if (name.contains("ntlm")) {
      return "NTLM is Windows' own and no longer safe; --basic, --digest and --oauth2-bearer are"
          + " here";
    }
    if (name.contains("negotiate")
        || name.contains("gssapi")
        || name.contains("service-name")
        || name.equals("delegation")) {
      return "for Kerberos, which is not here; --basic, --digest and --oauth2-bearer are";
    }
    if (name.startsWith("dns-") || name.startsWith("doh-")) {
      return "names are looked up as the notebook's network does it; %dig asks any server,"
          + " --resolve sets an address";
    }
    if (name.startsWith("httpsig") || name.equals("ech")) {
      return "curl has it as an experiment, in builds of its own";
    }
    return "for a part of curl that is not here";
  }

  static Optional<CurlOption> named(String name) {
    return Optional.ofNullable(Holder.BY_NAME.get(name));
  }

  static Optional<CurlOption> letter(char letter) {
    return Optional.ofNullable(Holder.BY_LETTER.get(String.valueOf(letter)));
  }
}
