//! The documents that every account repeats: AWS managed policies and the organization's own.
//!
//! Owns: their text, abridged; only names and order of magnitude follow AWS. Every account has the same bytes, as real accounts
//! do, so that storing each distinct document once saves as much as it does in reality.

use super::random::Random;
use super::template::{fill, filled};

const MANAGED: &str = r#"{"PolicyName":"@name@","PolicyId":"@unique@","Arn":"@arn@","Path":"@path@","DefaultVersionId":"v@version@","AttachmentCount":@attached@,"PermissionsBoundaryUsageCount":@bounds@,"IsAttachable":true,"CreateDate":"@created@","UpdateDate":"@created@","PolicyVersionList":[{"Document":@document@,"VersionId":"v@version@","IsDefaultVersion":true,"CreateDate":"@created@"}@older@]}"#;

const OLDER: &str =
    r#",{"Document":@document@,"VersionId":"v1","IsDefaultVersion":false,"CreateDate":"2017-02-03T04:05:06+00:00"}"#;

/// Name, path after `policy`, document.
const AWS_MANAGED: [(&str, &str, &str); 16] = [
    (
        "AdministratorAccess",
        "/",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#,
    ),
    (
        "ReadOnlyAccess",
        "/",
        r#"{"Version":"2012-10-17","Statement":[{"Sid":"Read","Effect":"Allow","Action":["acm:Describe*","acm:Get*","acm:List*","apigateway:GET","athena:Get*","athena:List*","autoscaling:Describe*","cloudformation:Describe*","cloudformation:Get*","cloudformation:List*","cloudfront:Get*","cloudfront:List*","cloudtrail:Describe*","cloudtrail:Get*","cloudtrail:LookupEvents","cloudwatch:Describe*","cloudwatch:Get*","cloudwatch:List*","dynamodb:BatchGet*","dynamodb:Describe*","dynamodb:Get*","dynamodb:List*","dynamodb:Query","dynamodb:Scan","ec2:Describe*","ec2:Get*","ecr:BatchGet*","ecr:Describe*","ecr:Get*","ecs:Describe*","ecs:List*","eks:Describe*","eks:List*","iam:Generate*","iam:Get*","iam:List*","iam:Simulate*","kms:Describe*","kms:Get*","kms:List*","lambda:Get*","lambda:List*","logs:Describe*","logs:Filter*","logs:Get*","rds:Describe*","rds:List*","route53:Get*","route53:List*","s3:Get*","s3:List*","sns:Get*","sns:List*","sqs:Get*","sqs:List*","ssm:Describe*","ssm:Get*","ssm:List*","sts:GetAccessKeyInfo","sts:GetCallerIdentity","tag:Get*"],"Resource":"*"}]}"#,
    ),
    (
        "SecurityAudit",
        "/",
        r#"{"Version":"2012-10-17","Statement":[{"Sid":"Audit","Effect":"Allow","Action":["access-analyzer:GetAnalyzer","access-analyzer:List*","cloudtrail:Describe*","cloudtrail:Get*","config:Describe*","config:Get*","ec2:Describe*","guardduty:Get*","guardduty:List*","iam:GenerateCredentialReport","iam:GenerateServiceLastAccessedDetails","iam:Get*","iam:List*","kms:Describe*","kms:GetKeyPolicy","kms:List*","organizations:Describe*","organizations:List*","s3:GetBucket*","s3:GetEncryptionConfiguration","s3:ListAllMyBuckets","sns:GetTopicAttributes","sqs:GetQueueAttributes"],"Resource":"*"},{"Sid":"Gateway","Effect":"Allow","Action":"apigateway:GET","Resource":["arn:aws:apigateway:*::/apis","arn:aws:apigateway:*::/restapis"]}]}"#,
    ),
    (
        "ViewOnlyAccess",
        "/job-function/",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["autoscaling:Describe*","cloudformation:List*","ec2:Describe*","ecs:List*","iam:List*","lambda:List*","rds:Describe*","s3:ListAllMyBuckets","sns:List*","sqs:List*"],"Resource":"*"}]}"#,
    ),
    (
        "PowerUserAccess",
        "/",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","NotAction":["iam:*","organizations:*","account:*"],"Resource":"*"},{"Effect":"Allow","Action":["iam:CreateServiceLinkedRole","iam:ListRoles","organizations:DescribeOrganization"],"Resource":"*"}]}"#,
    ),
    (
        "AWSLambdaBasicExecutionRole",
        "/service-role/",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["logs:CreateLogGroup","logs:CreateLogStream","logs:PutLogEvents"],"Resource":"*"}]}"#,
    ),
    (
        "AWSLambdaVPCAccessExecutionRole",
        "/service-role/",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["ec2:CreateNetworkInterface","ec2:DeleteNetworkInterface","ec2:DescribeNetworkInterfaces","logs:CreateLogGroup","logs:CreateLogStream","logs:PutLogEvents"],"Resource":"*"}]}"#,
    ),
    (
        "AmazonSSMManagedInstanceCore",
        "/",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["ssm:DescribeAssociation","ssm:GetDocument","ssm:GetParameters","ssm:UpdateInstanceInformation"],"Resource":"*"},{"Effect":"Allow","Action":["ssmmessages:CreateControlChannel","ssmmessages:CreateDataChannel","ssmmessages:OpenControlChannel","ssmmessages:OpenDataChannel"],"Resource":"*"}]}"#,
    ),
    (
        "CloudWatchAgentServerPolicy",
        "/",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["cloudwatch:PutMetricData","ec2:DescribeTags","logs:CreateLogStream","logs:PutLogEvents"],"Resource":"*"},{"Effect":"Allow","Action":"ssm:GetParameter","Resource":"arn:aws:ssm:*:*:parameter/AmazonCloudWatch-*"}]}"#,
    ),
    (
        "AmazonECSTaskExecutionRolePolicy",
        "/service-role/",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["ecr:BatchGetImage","ecr:GetAuthorizationToken","ecr:GetDownloadUrlForLayer","logs:CreateLogStream","logs:PutLogEvents"],"Resource":"*"}]}"#,
    ),
    (
        "AmazonEC2ContainerRegistryReadOnly",
        "/",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["ecr:BatchCheckLayerAvailability","ecr:BatchGetImage","ecr:DescribeImages","ecr:GetAuthorizationToken","ecr:ListImages"],"Resource":"*"}]}"#,
    ),
    (
        "AmazonS3ReadOnlyAccess",
        "/",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:Get*","s3:List*","s3:Describe*"],"Resource":"*"}]}"#,
    ),
    (
        "AmazonEC2ReadOnlyAccess",
        "/",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ec2:Describe*","Resource":"*"},{"Effect":"Allow","Action":["autoscaling:Describe*","elasticloadbalancing:Describe*"],"Resource":"*"}]}"#,
    ),
    (
        "AWS_ConfigRole",
        "/service-role/",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["config:Put*","ec2:Describe*","iam:Get*","iam:List*","s3:GetBucketPolicy","s3:ListAllMyBuckets"],"Resource":"*"}]}"#,
    ),
    (
        "AWSBackupServiceRolePolicyForBackup",
        "/service-role/",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["backup:DescribeBackupVault","dynamodb:CreateBackup","ec2:CreateSnapshot","ec2:DescribeVolumes","rds:CreateDBSnapshot"],"Resource":"*"}]}"#,
    ),
    (
        "IAMUserChangePassword",
        "/",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:ChangePassword","Resource":"arn:aws:iam::*:user/${aws:username}"},{"Effect":"Allow","Action":"iam:GetAccountPasswordPolicy","Resource":"*"}]}"#,
    ),
];

/// Name, document; rolled out to every account.
const CUSTOMER_MANAGED: [(&str, &str); 3] = [
    (
        "team-boundary",
        r#"{"Version":"2012-10-17","Statement":[{"Sid":"Services","Effect":"Allow","Action":["s3:*","dynamodb:*","sqs:*","sns:*","logs:*","lambda:*","kms:*","secretsmanager:*","states:*","events:*","sts:AssumeRole","sts:TagSession"],"Resource":"*"},{"Sid":"NoWayUp","Effect":"Deny","Action":["iam:*","organizations:*"],"Resource":"*"}]}"#,
    ),
    (
        "deploy-permissions",
        r#"{"Version":"2012-10-17","Statement":[{"Sid":"Stacks","Effect":"Allow","Action":["cloudformation:*","lambda:UpdateFunctionCode","ecs:UpdateService","ecr:PutImage"],"Resource":"*"},{"Sid":"HandOver","Effect":"Allow","Action":"iam:PassRole","Resource":"arn:aws:iam::*:role/*-app-*"}]}"#,
    ),
    (
        "operator-permissions",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["ec2:RebootInstances","ec2:StartInstances","ecs:UpdateService","logs:*","ssm:StartSession","ssm:TerminateSession"],"Resource":"*"},{"Effect":"Deny","Action":["iam:*","kms:ScheduleKeyDeletion"],"Resource":"*"}]}"#,
    ),
];

/// A managed policy as a principal refers to it.
pub(super) fn attachment(account: &str, name: &str) -> String {
    filled(r#"{"PolicyName":"@name@","PolicyArn":"@arn@"}"#, &[("name", name), ("arn", &arn(account, name))])
}

/// The ARN of an AWS managed policy, or of the account's own.
pub(super) fn arn(account: &str, name: &str) -> String {
    match AWS_MANAGED.iter().find(|(known, _, _)| *known == name) {
        Some((_, path, _)) => format!("arn:aws:iam::aws:policy{path}{name}"),
        None => format!("arn:aws:iam::{account}:policy/{name}"),
    }
}

/// The entries of `Policies`.
pub(super) fn managed(account: &str, random: &mut Random) -> Vec<String> {
    let mut entries = Vec::with_capacity(AWS_MANAGED.len() + CUSTOMER_MANAGED.len());
    for (n, (name, path, document)) in AWS_MANAGED.iter().enumerate() {
        // an AWS managed policy has one id in the whole partition
        let unique = Random::new(0, n).unique_id("ANPA");
        let version = (n + 1).to_string();
        entries.push(entry(&arn(account, name), name, path, &unique, &version, document, "2016-05-04T03:02:01+00:00"));
    }
    for (name, document) in CUSTOMER_MANAGED {
        let unique = random.unique_id("ANPA");
        let created = random.date(2018, 6);
        entries.push(entry(&arn(account, name), name, "/", &unique, "2", document, &created));
    }
    entries
}

fn entry(arn: &str, name: &str, path: &str, unique: &str, version: &str, document: &str, created: &str) -> String {
    let bounds = if name.ends_with("boundary") { "3" } else { "0" };
    let mut older = String::new();
    if version == "2" {
        fill(&mut older, OLDER, &[("document", document)]);
    }
    filled(
        MANAGED,
        &[
            ("name", name),
            ("unique", unique),
            ("arn", arn),
            ("path", path),
            ("version", version),
            ("attached", "1"),
            ("bounds", bounds),
            ("created", created),
            ("document", document),
            ("older", &older),
        ],
    )
}
