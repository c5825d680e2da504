//! The services that we call, as data: which protocol each one speaks, and where it lives.

use std::collections::BTreeMap;

/// How a service wants its requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// JSON 1.1 with this prefix in `X-Amz-Target`.
    Json(&'static str),
    /// Query with this API version.
    Query(&'static str),
    /// REST, with JSON or XML.
    Rest,
}

/// Where a service lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Seat {
    /// In each region, with this prefix to the host's name.
    Region(&'static str),
    /// In the partition's one region for organizations.
    Hub(&'static str),
    /// Host and signing region, one pair for each partition, in the order of [`PARTITIONS`].
    Global([(&'static str, &'static str); 3]),
}

/// One service.
#[derive(Debug)]
pub(crate) struct Service {
    /// As the tables of operations write it.
    pub(crate) name: &'static str,
    /// AWS's id of the service, by which endpoints are configured.
    pub(crate) id: &'static str,
    /// Name in signatures.
    pub(crate) signing: &'static str,
    pub(crate) protocol: Protocol,
    /// Name of the page token in the requests of lists.
    pub(crate) page_token: &'static str,
    /// Its name in their answers.
    pub(crate) next_page: &'static str,
    seat: Seat,
}

/// A partition of AWS: a cloud of its own, with its own accounts.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Partition {
    /// As in ARNs.
    pub(crate) name: &'static str,
    /// Start of its regions' names.
    start: &'static str,
    suffix: &'static str,
    /// The region in which AWS Organizations lives.
    pub(crate) hub: &'static str,
}

/// The partitions; the first is the default.
pub(crate) const PARTITIONS: [Partition; 3] = [
    Partition { name: "aws", start: "", suffix: "amazonaws.com", hub: "us-east-1" },
    Partition { name: "aws-cn", start: "cn-", suffix: "amazonaws.com.cn", hub: "cn-northwest-1" },
    Partition { name: "aws-us-gov", start: "us-gov-", suffix: "amazonaws.com", hub: "us-gov-west-1" },
];

impl Partition {
    /// The partition of a region.
    pub(crate) fn of(region: &str) -> &'static Self {
        let found = PARTITIONS.iter().skip(1).find(|partition| region.starts_with(partition.start));
        found.unwrap_or(&PARTITIONS[0])
    }
}

const SERVICES: [Service; 26] = [
    service("account", "Account", "account", Protocol::Rest, Seat::Hub("account")),
    service(
        "budgets",
        "Budgets",
        "budgets",
        Protocol::Json("AWSBudgetServiceGateway"),
        Seat::Global([
            ("budgets.amazonaws.com", "us-east-1"),
            ("budgets.amazonaws.com.cn", "cn-northwest-1"),
            ("budgets.us-gov-west-1.amazonaws.com", "us-gov-west-1"),
        ]),
    ),
    service(
        "cloudtrail",
        "CloudTrail",
        "cloudtrail",
        Protocol::Json("com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101"),
        Seat::Region("cloudtrail"),
    ),
    service("ec2", "EC2", "ec2", Protocol::Query("2016-11-15"), Seat::Region("ec2")),
    service(
        "iam",
        "IAM",
        "iam",
        Protocol::Query("2010-05-08"),
        Seat::Global([
            ("iam.amazonaws.com", "us-east-1"),
            ("iam.cn-north-1.amazonaws.com.cn", "cn-north-1"),
            ("iam.us-gov.amazonaws.com", "us-gov-west-1"),
        ]),
    ),
    service(
        "identitystore",
        "identitystore",
        "identitystore",
        Protocol::Json("AWSIdentityStore"),
        Seat::Region("identitystore"),
    ),
    service(
        "organizations",
        "Organizations",
        "organizations",
        Protocol::Json("AWSOrganizationsV20161128"),
        Seat::Hub("organizations"),
    ),
    service("s3-control", "S3 Control", "s3", Protocol::Rest, Seat::Region("s3-control")),
    service("access-analyzer", "AccessAnalyzer", "access-analyzer", Protocol::Rest, Seat::Region("access-analyzer")),
    service("backup", "Backup", "backup", Protocol::Rest, Seat::Region("backup")),
    service("config", "Config Service", "config", Protocol::Json("StarlingDoveService"), Seat::Region("config")),
    service("ecr", "ECR", "ecr", Protocol::Json("AmazonEC2ContainerRegistry_V20150921"), Seat::Region("api.ecr")),
    service("guardduty", "GuardDuty", "guardduty", Protocol::Rest, Seat::Region("guardduty")),
    service("inspector2", "Inspector2", "inspector2", Protocol::Rest, Seat::Region("inspector2")),
    Service {
        page_token: "Marker",
        next_page: "NextMarker",
        ..service("kms", "KMS", "kms", Protocol::Json("TrentService"), Seat::Region("kms"))
    },
    service("lambda", "Lambda", "lambda", Protocol::Rest, Seat::Region("lambda")),
    Service {
        page_token: "nextToken",
        next_page: "nextToken",
        ..service("logs", "CloudWatch Logs", "logs", Protocol::Json("Logs_20140328"), Seat::Region("logs"))
    },
    service("macie2", "Macie2", "macie2", Protocol::Rest, Seat::Region("macie2")),
    service("rds", "RDS", "rds", Protocol::Query("2014-10-31"), Seat::Region("rds")),
    service("s3", "S3", "s3", Protocol::Rest, Seat::Region("s3")),
    service(
        "secretsmanager",
        "Secrets Manager",
        "secretsmanager",
        Protocol::Json("secretsmanager"),
        Seat::Region("secretsmanager"),
    ),
    service("securityhub", "SecurityHub", "securityhub", Protocol::Rest, Seat::Region("securityhub")),
    service("ssm", "SSM", "ssm", Protocol::Json("AmazonSSM"), Seat::Region("ssm")),
    service("sso-admin", "SSO Admin", "sso", Protocol::Json("SWBExternalService"), Seat::Region("sso")),
    service("sts", "STS", "sts", Protocol::Query("2011-06-15"), Seat::Region("sts")),
    Service {
        page_token: "PaginationToken",
        next_page: "PaginationToken",
        ..service(
            "tagging",
            "Resource Groups Tagging API",
            "tagging",
            Protocol::Json("ResourceGroupsTaggingAPI_20170126"),
            Seat::Region("tagging"),
        )
    },
];

const fn service(
    name: &'static str,
    id: &'static str,
    signing: &'static str,
    protocol: Protocol,
    seat: Seat,
) -> Service {
    Service { name, id, signing, protocol, page_token: "NextToken", next_page: "NextToken", seat }
}

/// The service of this name, as the tables of operations write it.
pub(crate) fn find(name: &str) -> Option<&'static Service> {
    static TABLE: [Service; 26] = SERVICES;
    TABLE.iter().find(|service| service.name == name)
}

/// Names of all services.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    SERVICES.iter().map(|service| service.name)
}

/// Endpoints that the user has set, for all services or for some.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Endpoints {
    /// For all services not named below.
    pub(crate) all: Option<String>,
    /// By name of the service.
    pub(crate) by_service: BTreeMap<&'static str, String>,
}

/// Where one call goes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Endpoint {
    /// Scheme and host, without a slash at the end.
    pub(crate) base: String,
    /// Region in the signature.
    pub(crate) region: String,
}

impl Endpoints {
    /// Whether every call goes to an endpoint that the user has set.
    pub(crate) fn is_custom(&self) -> bool {
        self.all.is_some()
    }

    /// Where a call of this service goes, for an account and a region.
    pub(crate) fn of(&self, service: &Service, region: &str, account: Option<&str>) -> Endpoint {
        let partition = Partition::of(region);
        let (host, region) = match &service.seat {
            Seat::Region(prefix) => (format!("{prefix}.{region}.{}", partition.suffix), region),
            Seat::Hub(prefix) => (format!("{prefix}.{}.{}", partition.hub, partition.suffix), partition.hub),
            Seat::Global(seats) => {
                let place = PARTITIONS.iter().position(|known| known == partition).unwrap_or(0);
                let (host, region) = seats.get(place).copied().unwrap_or(seats[0]);
                (host.to_owned(), region)
            }
        };
        let region = region.to_owned();
        if let Some(url) = self.by_service.get(service.name).or(self.all.as_ref()) {
            return Endpoint { base: url.trim_end_matches('/').to_owned(), region };
        }
        // S3 Control tells accounts apart by host; behind an endpoint of the user's there is no such host.
        let host = match account {
            Some(account) if service.name == "s3-control" => format!("{account}.{host}"),
            _ => host,
        };
        Endpoint { base: format!("https://{host}"), region }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_follow_service_region_and_partition() {
        let endpoints = Endpoints::default();
        let mut lines = Vec::new();
        for region in ["eu-central-1", "cn-north-1", "us-gov-east-1"] {
            for name in names() {
                let endpoint = endpoints.of(find(name).unwrap(), region, Some("111111111111"));
                lines.push(format!("{region} {name}: {} signed for {}", endpoint.base, endpoint.region));
            }
        }
        insta::assert_snapshot!(lines.join("\n"));
    }

    #[test]
    fn the_users_endpoints_win_and_carry_no_account_in_the_host() {
        let endpoints = Endpoints {
            all: Some("http://127.0.0.1:5000/".to_owned()),
            by_service: BTreeMap::from([("iam", "http://iam.test".to_owned())]),
        };
        let base = |name| endpoints.of(find(name).unwrap(), "eu-central-1", Some("111111111111")).base;
        assert_eq!(base("s3-control"), "http://127.0.0.1:5000");
        assert_eq!(base("iam"), "http://iam.test");
        assert_eq!(endpoints.of(find("iam").unwrap(), "eu-central-1", None).region, "us-east-1");
    }

    #[test]
    fn every_table_of_operations_has_its_service() {
        let reads = crate::operations::reads().into_iter().map(|operation| &operation.0);
        let writes = crate::operations::writes().into_iter().map(|operation| &operation.0);
        for operation in reads.chain(writes) {
            assert!(find(operation.service).is_some(), "{}", operation.service);
        }
    }
}
