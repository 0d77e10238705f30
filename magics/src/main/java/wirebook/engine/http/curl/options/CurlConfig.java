package wirebook.engine.http.curl.options;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import wirebook.engine.http.client.CallOptions;
import wirebook.engine.http.curl.options.CurlOptions.CurlOption;
import wirebook.engine.http.tls.TlsOptions;

/**
 * What one set of options says, up to {@code --next}. A null text means that the option was not
 * given, which curl tells from an empty one. Texts are byte text.
 */
public final class CurlConfig extends CallOptions {
  /** One URL with its output and its upload. */
  public static final class Target {
    public @Nullable String url;
    public @Nullable String outFile;
    public @Nullable String inFile;
    public boolean urlSet;
    public boolean outSet;
    public boolean uploadSet;
    public boolean remoteName;
    public boolean outNull;
    public boolean noGlob;
    public int number;
  }

  public enum Method {
    UNSPECIFIED(""),
    GET("GET (-G, --get)"),
    HEAD("HEAD (-I, --head)"),
    FORM("multipart formpost (-F, --form)"),
    POST("POST (-d, --data)"),
    PUT("PUT (-T, --upload-file)");

    public final String words;

    Method(String words) {
      this.words = words;
    }
  }

  public enum Clobber {
    DEFAULT,
    ALWAYS,
    NEVER
  }

  {
    usualAgent = CurlVersion.AGENT;
  }

  /** What the options of a command line are added to. */
  public CurlConfig() {}

  /** One URL, as it stands. */
  public CurlConfig(String url) {
    Target target = new Target();
    target.url = url;
    targets.add(target);
    globOff = true;
  }

  public final List<Target> targets = new ArrayList<>();
  public int urls;

  /** The options as they were said, without those that take another back. */
  public final Set<CurlOption> given = new LinkedHashSet<>();

  public int urlNext;
  public int outNext;
  public int uploadNext;

  public boolean proxyBasic;

  public boolean proxyHeadersGiven;
  public final List<String> cookieFiles = new ArrayList<>();
  public @Nullable String cookieJar;
  public boolean forgetSessionCookies;
  public @Nullable String hsts;

  public Method method = Method.UNSPECIFIED;
  public final StringBuilder post = new StringBuilder();
  public boolean posts;
  public boolean json;
  public boolean useGet;
  public @Nullable String query;
  public final List<FormPart> form = new ArrayList<>();
  public List<FormPart> formCurrent = form;
  public final List<List<FormPart>> formParents = new ArrayList<>();
  public boolean formEscape;

  public boolean globOff;

  public boolean resume;
  public boolean resumeFromCurrent;
  public @Nullable String etagSave;
  public @Nullable String etagCompare;

  public Clobber clobber = Clobber.DEFAULT;
  public boolean showHeaders;
  public @Nullable String headerFile;
  public boolean contentDisposition;
  public boolean remoteNameAll;
  public boolean removeOnError;
  public boolean skipExisting;
  public boolean createDirs;
  public @Nullable String outputDir;
  public @Nullable String writeOut;
  public boolean noBuffer;
  public boolean xattr;
  public boolean syntheticError;

  public int retries;
  public long retryDelay;
  public long retryMaxTime;
  public boolean retryAll;
  public boolean retryRefused;

  /** What an option means that there is for the server and for the proxy. */
  TlsOptions tlsOf(CurlOption option) {
    return option.name().startsWith("proxy-") ? proxyTls : tls;
  }

  /** Notes the method, and complains when another one was asked for. */
  public boolean choose(Method wanted, Console console) {
    if (method == Method.UNSPECIFIED || method == wanted) {
      method = wanted;
      return true;
    }
    console.warn(
        "You can only select one HTTP request method! You asked for both %s and %s."
            .formatted(wanted.words, method.words));
    return false;
  }
}
