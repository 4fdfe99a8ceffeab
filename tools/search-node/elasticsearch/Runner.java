import org.codelibs.elasticsearch.runner.ElasticsearchClusterRunner;

/** What runs Elasticsearch in a process. */
public class Runner extends ElasticsearchClusterRunner {}
