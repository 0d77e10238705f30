package wirebook.engine.http.curl.options;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Every option that curl's manual page has, and what kind of argument it takes. */
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
    /** It never did, or does no longer: curl warns and goes on. */
    DEPRECATED,
    /** It belongs to another protocol, or needs what this build has not. */
    REFUSED
  }

  /**
   * @param name without dashes
   * @param letter the short form, empty when there is none
   * @param argument the placeholder of its argument, empty for flags
   */
  public record CurlOption(
      String name, String letter, Kind kind, Status status, String argument, String help) {}

  // name letter kind argument help; kind: n b r t f s u, with ! refused, ~ deprecated
  private static final String TABLE =
      """
      abstract-unix-socket . f path Connect through an abstract Unix socket
      alpn . r - Use ALPN
      alt-svc . t! filename Remember alternative services in this file
      anyauth . n - Pick the best authentication the server offers
      append a b! - Append to the target file when uploading (FTP)
      aws-sigv4 . t provider1[:prvdr2[:reg[:srv]]] Sign with AWS Signature Version 4
      basic . b - HTTP Basic authentication
      buffer N r - Buffer the output
      ca-native . b - Trust the operating system's certificates
      cacert . f file Certificates to trust, in PEM form
      capath . f dir Folder with certificates to trust
      cert E f certificate[:password] Client certificate file and password
      cert-status . b - Ask for the certificate's status by OCSP stapling
      cert-type . t type Type of the client certificate (PEM, P12)
      ciphers . t list TLS cipher suites up to 1.2
      clobber . r - Overwrite existing files
      compressed . b - Ask for a compressed response and decompress it
      compressed-ssh . b! - SSH compression
      config K f file Read options from a file
      connect-timeout . s seconds Most time for connecting
      connect-to . t HOST1:PORT1:HOST2:PORT2 Connect to another host than the URL's
      continue-at C t offset Resume at this offset, - to find it out
      cookie b t data|filename Send cookies, or read them from a file
      cookie-jar c t filename Write cookies to this file in the end
      create-dirs . b - Make folders that are missing for output files
      create-file-mode . t mode File mode for created files (SFTP, SCP, FILE)
      crlf . b - Convert LF to CRLF in an upload
      crlfile . f file Certificate revocation list
      curves . t list TLS key exchange groups
      data d t data Post data
      data-ascii . t data Send in a POST
      data-binary . t data Send in a POST, exactly as given
      data-raw . t data Send in a POST, @ has no meaning
      data-urlencode . t data Send in a POST, URL-encoded
      delegation . t! LEVEL GSS-API delegation
      digest . b - HTTP Digest authentication
      disable q b - Read no .curlrc; only as the first option
      disable-eprt . b! - No EPRT (FTP)
      disable-epsv . b! - No EPSV (FTP)
      disallow-username-in-url . b - Refuse a user name in the URL
      dns-interface . t! interface Interface for DNS
      dns-ipv4-addr . t! address IPv4 address for DNS
      dns-ipv6-addr . t! address IPv6 address for DNS
      dns-servers . t! addresses DNS servers to use
      doh-cert-status . b! - OCSP status of the DoH server
      doh-insecure . b! - Insecure DoH connections
      doh-url . t! URL Resolve names over DoH
      dump-ca-embed . n - Print the embedded CA bundle
      dump-header D f filename Write the response's headers to a file
      ech . t! config Encrypted client hello
      egd-file . t~ file EGD socket path
      engine . t! name Crypto engine
      eprt . b! - Use EPRT (FTP)
      epsv . b! - Use EPSV (FTP)
      etag-compare . f file Ask only if the ETag in this file changed
      etag-save . f file Save the response's ETag in this file
      expect100-timeout . s seconds How long to wait for 100 Continue
      fail f b - Fail fast with no output on HTTP errors
      fail-early . b - Stop at the first transfer that fails
      fail-with-body . b - Fail on HTTP errors, but keep the body
      false-start . b - TLS false start
      follow . b - Follow redirects as the status code says
      form F t name=content Send a multipart form
      form-escape . b - Escape form names with backslashes
      form-string . t name=string Send a form field, taken literally
      ftp-account . t! data FTP account
      ftp-alternative-to-user . t! command FTP USER replacement
      ftp-create-dirs . b! - Create remote folders (FTP)
      ftp-method . t! method FTP path method
      ftp-pasv . n! - Passive FTP
      ftp-port P t! address Active FTP
      ftp-pret . b! - Send PRET (FTP)
      ftp-skip-pasv-ip . b! - Ignore the address of PASV (FTP)
      ftp-ssl . b! - Try TLS (FTP)
      ftp-ssl-ccc . b! - Send CCC (FTP)
      ftp-ssl-ccc-mode . t! active/passive CCC mode (FTP)
      ftp-ssl-control . b! - TLS for FTP login
      ftp-ssl-reqd . b! - Require TLS (FTP)
      get G b - Put the data into the URL and use GET
      globoff g b - No meaning for {}[] in URLs
      happy-eyeballs-timeout-ms . u ms Head start of IPv6
      haproxy-clientip . t ip Client address for the PROXY protocol
      haproxy-protocol . b - Send a PROXY protocol v1 header
      head I b - Show document info only
      header H t header/@file Pass custom header(s) to server
      help h t subject Get help for commands
      hostpubmd5 . t! md5 MD5 of the host's key (SSH)
      hostpubsha256 . t! sha256 SHA-256 of the host's key (SSH)
      hsts . t filename Remember hosts that want TLS in this file
      http0.9 . b - Accept HTTP/0.9 responses
      http1.0 0 n - Use HTTP/1.0
      http1.1 . n - Use HTTP/1.1
      http2 . n - Use HTTP/2
      http2-prior-knowledge . n - Use HTTP/2 without asking
      http3 . n! - Use HTTP/3
      http3-only . n! - Use HTTP/3 only
      httpsig-algo . t! algorithm HTTP message signature algorithm
      httpsig-headers . t! components HTTP message signature components
      httpsig-key . f! key/file HTTP message signature key
      httpsig-keyid . t! id HTTP message signature key identifier
      ignore-content-length . b - Ignore the Content-Length header
      include . b - Show the response's headers in the output
      insecure k b - Accept any certificate
      interface . t name Network interface or address to use
      ip-tos . t string IP type of service
      ipfs-gateway . t! URL IPFS gateway
      ipv4 4 n - Use IPv4 only
      ipv6 6 n - Use IPv6 only
      json . t data POST as JSON
      junk-session-cookies j b - Forget session cookies read from a file
      keepalive . r - TCP keep-alive
      keepalive-cnt . u integer TCP keep-alive probes
      keepalive-time . u seconds TCP keep-alive interval
      key . f key Private key file
      key-type . t type Type of the private key
      knownhosts . f! file Known hosts (SSH)
      krb . t~ level Kerberos (FTP)
      krb4 . t~ level Kerberos (FTP)
      libcurl . t file Write C source for libcurl
      limit-rate . t speed Most bytes in a second
      list-only l b! - Names only (FTP, POP3, SFTP, FILE)
      local-port . t range Local port numbers to use
      location L b - Follow redirects
      location-trusted . b - Follow redirects and send the password everywhere
      login-options . t! options Login options (IMAP, LDAP, POP3, SMTP)
      mail-auth . t! address Mail originator
      mail-from . t! address Mail from
      mail-rcpt . t! address Mail to
      mail-rcpt-allowfails . b! - Let recipients fail
      manual M b - The manual
      max-filesize . t bytes Largest response to accept
      max-redirs . t num Most redirects to follow
      max-time m s seconds Most time for the whole transfer
      metalink . b~ - Metalink
      mptcp . b - Multipath TCP
      negotiate . b! - HTTP Negotiate authentication
      netrc n b - Take user and password from .netrc
      netrc-file . f filename The .netrc to use
      netrc-optional . b - Use .netrc or the URL
      next : n - A new set of options begins
      noproxy . t no-proxy-list Hosts that need no proxy
      npn . b~ - NPN
      ntlm . b! - HTTP NTLM authentication
      ntlm-wb . b~ - NTLM with winbind
      oauth2-bearer . t token Bearer token
      out-null . b - Throw the output away
      output o f file Write to file instead of stdout
      output-dir . t dir Folder for output files
      parallel Z b - Transfer in parallel
      parallel-immediate . b - Do not wait for multiplexing
      parallel-max . u num Most parallel transfers
      parallel-max-host . u num Most parallel connections to a host
      pass . t phrase Password of the private key
      path-as-is . b - Keep ../ in the path
      pinnedpubkey . t hashes Public key that the server must have
      post301 . b - Keep POST after a 301
      post302 . b - Keep POST after a 302
      post303 . b - Keep POST after a 303
      preproxy . t [protocol://]host[:port] Proxy to reach the proxy
      progress-bar # b - Progress as a bar
      progress-meter . r - Progress meter
      proto . t protocols Protocols to allow
      proto-default . t protocol Protocol of URLs without one
      proto-redir . t protocols Protocols to allow in redirects
      proxy x t [protocol://]host[:port] Use this proxy
      proxy-anyauth . b - Pick any proxy authentication
      proxy-basic . b - Basic authentication at the proxy
      proxy-ca-native . b - Operating system's certificates for the proxy
      proxy-cacert . f file Certificates to trust for the proxy
      proxy-capath . f dir Folder with certificates to trust for the proxy
      proxy-cert . f cert[:passwd] Client certificate for the proxy
      proxy-cert-type . t type Type of the proxy's client certificate
      proxy-ciphers . t list TLS cipher suites for the proxy
      proxy-crlfile . f file Revocation list for the proxy
      proxy-digest . b - Digest authentication at the proxy
      proxy-header . t header/@file Send this header to the proxy
      proxy-http2 . b - HTTP/2 with the proxy
      proxy-http3 . b! - HTTP/3 with the proxy
      proxy-insecure . b - Accept any certificate of the proxy
      proxy-key . f key Private key for the proxy
      proxy-key-type . t type Type of the private key for the proxy
      proxy-negotiate . b! - Negotiate authentication at the proxy
      proxy-ntlm . b! - NTLM authentication at the proxy
      proxy-pass . t phrase Password of the private key for the proxy
      proxy-pinnedpubkey . t hashes Public key that the proxy must have
      proxy-service-name . t! name SPNEGO service name of the proxy
      proxy-ssl-allow-beast . b - Security flaw switch for the proxy
      proxy-ssl-auto-client-cert . b - Client certificate from the system for the proxy
      proxy-tls13-ciphers . t list TLS 1.3 cipher suites for the proxy
      proxy-tlsauthtype . t~ type TLS-SRP
      proxy-tlspassword . t~ string TLS-SRP
      proxy-tlsuser . t~ name TLS-SRP
      proxy-tlsv1 . n - TLS 1 with the proxy
      proxy-user U t user:password User and password at the proxy
      proxy1.0 . t host[:port] HTTP/1.0 proxy
      proxytunnel p b - Go through the proxy by CONNECT
      pubkey . t! key Public key file (SSH)
      quote Q t! command Commands to the server (FTP, SFTP)
      random-file . f~ file Random source
      range r t range Bytes to ask for
      rate . t max Request rate of serial transfers
      raw . b - No HTTP decoding
      referer e t URL Referrer URL
      remote-header-name J b - Name the file as Content-Disposition says
      remote-name O b - Write output to file named as remote file
      remote-name-all . b - -O for all URLs
      remote-time R b - Give the file the remote time
      remove-on-error . b - Remove the output file of a failed transfer
      request X t method Request method
      request-target . t path The request's target, instead of the URL's path
      resolve . t [+]host:port:addr[,addr]... Address of a host name
      retry . u num Try again after transient errors
      retry-all-errors . b - Try again after all errors
      retry-connrefused . b - Try again when refused
      retry-delay . s seconds Time between tries
      retry-max-time . s seconds Try again only within this time
      sasl-authzid . t! identity SASL identity
      sasl-ir . b! - SASL initial response
      service-name . t! name SPNEGO service name
      sessionid . r - TLS session resumption
      show-error S b - Show errors even with -s
      show-headers i b - Show response headers in output
      sigalgs . t list TLS signature algorithms
      silent s b - Silent mode
      skip-existing . b - Skip what exists already
      socks4 . t host[:port] SOCKS4 proxy
      socks4a . t host[:port] SOCKS4a proxy
      socks5 . t host[:port] SOCKS5 proxy
      socks5-basic . b - Name and password at a SOCKS5 proxy
      socks5-gssapi . b - GSS-API at a SOCKS5 proxy
      socks5-gssapi-nec . b! - NEC SOCKS5 server
      socks5-gssapi-service . t~ name GSS-API service name
      socks5-hostname . t host[:port] SOCKS5 proxy that resolves names
      speed-limit Y u speed Stop when slower than this
      speed-time y u seconds For this long
      ssl . b! - Try TLS (FTP, IMAP, POP3, SMTP, LDAP)
      ssl-allow-beast . b - Security flaw switch
      ssl-auto-client-cert . b - Client certificate from the system
      ssl-no-revoke . b - No certificate revocation checks
      ssl-reqd . b! - Require TLS (FTP, IMAP, POP3, SMTP, LDAP)
      ssl-revoke-best-effort . b - Ignore missing revocation lists
      ssl-sessions . f! filename TLS session tickets
      sslv2 2 n~ - SSLv2
      sslv3 3 n~ - SSLv3
      stderr . f file Write messages to a file
      styled-output . b - Bold header names
      suppress-connect-headers . b - Do not show the proxy's CONNECT headers
      tcp-fastopen . b - TCP fast open
      tcp-nodelay . b - Send small packets at once
      telnet-option t t! opt=val Telnet option
      tftp-blksize . u! value TFTP block size
      tftp-no-options . b! - No TFTP options
      time-cond z t time Only if newer, with - if older
      tls-earlydata . b - TLS early data
      tls-max . t VERSION Highest TLS version
      tls13-ciphers . t list TLS 1.3 cipher suites
      tlsauthtype . t~ type TLS-SRP
      tlspassword . t~ string TLS-SRP
      tlsuser . t~ name TLS-SRP
      tlsv1 1 n - TLS 1.0 or later
      tlsv1.0 . n - TLS 1.0 or later
      tlsv1.1 . n - TLS 1.1 or later
      tlsv1.2 . n - TLS 1.2 or later
      tlsv1.3 . n - TLS 1.3 or later
      tr-encoding . b - Ask for a compressed transfer coding
      trace . f file Write a hex trace to a file
      trace-ascii . f file Write a trace to a file
      trace-config . t string What to trace
      trace-ids . b - Transfer and connection numbers in traces
      trace-time . b - Times in traces
      unix-socket . f path Connect through a Unix socket
      upload-file T f file Transfer local FILE to destination
      upload-flags . t! flags IMAP flags
      url . t url/file URL to work with
      url-query . t data Add to the URL's query
      use-ascii B b - ASCII transfer
      user u t user:password Server user and password
      user-agent A t name Send User-Agent <name> to server
      variable . t [%]name=text/@file Set a variable
      verbose v b - Make the operation more talkative
      version V b - Show version number and quit
      vlan-priority . u priority VLAN priority
      write-out w t format Print after the transfer
      xattr . b - Store metadata in extended attributes
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
                String[] words = line.split(" ", 5);
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
                    words[2].endsWith("!")
                        ? Status.REFUSED
                        : words[2].endsWith("~") ? Status.DEPRECATED : Status.WORKS;
                CurlOption option =
                    new CurlOption(
                        words[0],
                        words[1].equals(".") ? "" : words[1],
                        kind,
                        status,
                        words[3].equals("-") ? "" : words[3],
                        words[4]);
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
    if (option.help().endsWith(")")) {
      String others = option.help().substring(option.help().lastIndexOf('(') + 1);
      return "for "
          + others.substring(0, others.length() - 1)
          + "; %curl speaks http, https, ws and wss";
    }
    for (String protocol : List.of("TFTP", "FTP", "Telnet", "IMAP", "IPFS")) {
      if (option.help().contains(protocol)) {
        return "for " + protocol + "; %curl speaks http, https, ws and wss";
      }
    }
    if (name.startsWith("mail-") || name.startsWith("sasl-")) {
      return "for mail; %curl speaks http, https, ws and wss";
    }
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
