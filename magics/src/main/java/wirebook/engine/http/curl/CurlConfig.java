package wirebook.engine.http.curl;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import wirebook.engine.http.tls.TlsOptions;

/**
 * What one set of options says, up to {@code --next}. A null text means that the option was not
 * given, which curl tells from an empty one. Texts are byte text.
 */
final class CurlConfig {
  /** One URL with its output and its upload. */
  static final class Target {
    @Nullable String url;
    @Nullable String outFile;
    @Nullable String inFile;
    boolean urlSet;
    boolean outSet;
    boolean uploadSet;
    boolean remoteName;
    boolean outNull;
    boolean noGlob;
    int number;
  }

  enum Method {
    UNSPECIFIED(""),
    GET("GET (-G, --get)"),
    HEAD("HEAD (-I, --head)"),
    FORM("multipart formpost (-F, --form)"),
    POST("POST (-d, --data)"),
    PUT("PUT (-T, --upload-file)");

    final String words;

    Method(String words) {
      this.words = words;
    }
  }

  enum Fail {
    NO,
    WITHOUT_BODY,
    WITH_BODY
  }

  enum Clobber {
    DEFAULT,
    ALWAYS,
    NEVER
  }

  enum Follow {
    NO,
    ALL,
    OBEY_CODE
  }

  enum TimeCondition {
    NONE,
    IF_MODIFIED,
    IF_UNMODIFIED,
    LAST_MODIFIED
  }

  static final int AUTH_BASIC = 1;
  static final int AUTH_DIGEST = 2;
  static final int AUTH_BEARER = 1 << 6;
  static final int AUTH_AWS = 1 << 7;

  final List<Target> targets = new ArrayList<>();
  int urls;
  int urlNext;
  int outNext;
  int uploadNext;

  final TlsOptions tls = new TlsOptions();
  final TlsOptions proxyTls = new TlsOptions();

  int auth;
  boolean proxyAnyAuth;
  boolean proxyDigest;
  boolean proxyBasic;
  @Nullable String bearer;
  @Nullable String awsSigV4;
  @Nullable String user;
  @Nullable String proxyUser;
  boolean netrc;
  boolean netrcOptional;
  @Nullable String netrcFile;

  @Nullable String userAgent;
  @Nullable String referer;
  boolean autoReferer;

  /** Which version of HTTP was asked for. */
  enum HttpVersion {
    DEFAULT,
    HTTP_1_0,
    HTTP_1_1,
    HTTP_2,
    HTTP_2_PRIOR_KNOWLEDGE
  }

  final List<String> headers = new ArrayList<>();
  final List<String> proxyHeaders = new ArrayList<>();
  boolean proxyHeadersGiven;
  final List<String> cookies = new ArrayList<>();
  final List<String> cookieFiles = new ArrayList<>();
  @Nullable String cookieJar;
  boolean forgetSessionCookies;
  @Nullable String hsts;

  Method method = Method.UNSPECIFIED;
  @Nullable String customRequest;
  @Nullable String requestTarget;
  final StringBuilder post = new StringBuilder();
  boolean posts;
  boolean json;
  boolean useGet;
  boolean noBody;
  @Nullable String query;
  final List<FormPart> form = new ArrayList<>();
  List<FormPart> formCurrent = form;
  final List<List<FormPart>> formParents = new ArrayList<>();
  boolean formEscape;
  boolean crlf;

  Follow follow = Follow.NO;
  boolean trusted;
  int maxRedirects = 50;
  boolean post301;
  boolean post302;
  boolean post303;

  HttpVersion http = HttpVersion.DEFAULT;
  boolean http09;
  boolean compressed;
  boolean trEncoding;
  boolean raw;
  boolean ignoreLength;
  boolean pathAsIs;
  boolean noUserInUrl;
  boolean globOff;
  long expect100 = 1000;

  @Nullable String range;
  boolean resume;
  boolean resumeFromCurrent;
  long resumeFrom;
  TimeCondition timeCondition = TimeCondition.NONE;
  long conditionTime;
  @Nullable String etagSave;
  @Nullable String etagCompare;

  Fail fail = Fail.NO;
  Clobber clobber = Clobber.DEFAULT;
  boolean showHeaders;
  @Nullable String headerFile;
  boolean contentDisposition;
  boolean remoteNameAll;
  boolean remoteTime;
  boolean removeOnError;
  boolean skipExisting;
  boolean createDirs;
  @Nullable String outputDir;
  @Nullable String writeOut;
  boolean noBuffer;
  boolean xattr;
  boolean syntheticError;
  boolean suppressConnectHeaders;

  @Nullable String proxy;
  String proxyType = "http";
  @Nullable String preProxy;
  @Nullable String noProxy;
  boolean tunnel;
  boolean proxyHttp2;
  boolean socks5Basic = true;
  boolean haproxy;
  @Nullable String haproxyClientIp;

  final List<String> resolve = new ArrayList<>();
  final List<String> connectTo = new ArrayList<>();
  @Nullable String unixSocket;
  boolean abstractUnixSocket;
  @Nullable String networkInterface;
  int localPort;
  int localPortRange = 1;
  int ipVersion;
  long happyEyeballs = 200;
  boolean noDelay = true;
  boolean noKeepAlive;

  long connectTimeout;
  long maxTime;
  long lowSpeedLimit;
  long lowSpeedTime;
  long limitRate;
  long maxFileSize;
  int retries;
  long retryDelay;
  long retryMaxTime;
  boolean retryAll;
  boolean retryRefused;

  @Nullable List<String> protocols;
  @Nullable List<String> redirectProtocols;
  @Nullable String protoDefault;

  /** The text, or empty when it was not given. */
  static String orEmpty(@Nullable String text) {
    return text == null ? "" : text;
  }
}
