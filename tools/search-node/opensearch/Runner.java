import org.codelibs.opensearch.runner.OpenSearchRunner;

/** What runs OpenSearch in a process. */
public class Runner extends OpenSearchRunner {}
